// What each command does once its arguments are known. Returns the exit status.
#pragma once

#include "proxy/cli/command_line.hpp"

namespace pgfold::cli {

[[nodiscard]] int check(const check_arguments& arguments);
[[nodiscard]] int run(const run_arguments& arguments);
[[nodiscard]] int analyze(const analyze_arguments& arguments);
[[nodiscard]] int guard(const guard_arguments& arguments);
[[nodiscard]] int top(const top_arguments& arguments);
[[nodiscard]] int replay(const replay_arguments& arguments);

}  // namespace pgfold::cli
