// `pgfold run`: wires everything and stays until it is told to stop.
#pragma once

#include <functional>

#include "config/loader.hpp"
#include "proxy/freshness/freshness_rules.hpp"

namespace pgfold::net {

// `loaded` holds settings. `load` reads them again, for a reload. The exit status: 0 after a drain,
// 2 when something in the settings is wrong, 1 when the machine does not let it start. `rules`:
// only tests take some out.
[[nodiscard]] int run_command(config::load_result loaded, std::function<config::load_result()> load,
                              const freshness::freshness_rules& rules = {});

}  // namespace pgfold::net
