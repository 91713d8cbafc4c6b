// What a reload changes.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace pgfold::config {

struct change {
    std::string key;  // "detect.min_lookups"; a list of records counts as one key
    bool needs_restart = false;
};

// In the order of the schema.
[[nodiscard]] std::vector<change> changes(const settings& before, const settings& after);

// Sets the keys of `loaded` that need a restart back to what the process runs with, so that
// `loaded` says what is in force. Returns the keys that would have changed.
[[nodiscard]] std::vector<std::string> keep_until_restart(const settings& running,
                                                          settings& loaded);

}  // namespace pgfold::config
