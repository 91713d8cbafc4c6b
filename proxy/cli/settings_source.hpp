// Where `pgfold run` takes its settings from: defaults, then the file, then the command line. The
// same for the start and for every reload, so that options survive a reload.
#pragma once

#include "config/loader.hpp"
#include "proxy/cli/command_line.hpp"

namespace pgfold::cli {

[[nodiscard]] config::load_result load_settings(const run_arguments& arguments);

}  // namespace pgfold::cli
