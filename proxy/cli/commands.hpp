// What each command does once its arguments are known. Returns the exit status.
#pragma once

#include "proxy/cli/command_line.hpp"

namespace pgfold::cli {

[[nodiscard]] int check(const check_arguments& arguments);

#if PGFOLD_HAS_RUN
[[nodiscard]] int run(const run_arguments& arguments);
#endif

#if PGFOLD_HAS_ANALYZE
[[nodiscard]] int analyze(const analyze_arguments& arguments);
#endif

#if PGFOLD_HAS_GUARD
[[nodiscard]] int guard(const guard_arguments& arguments);
#endif

#if PGFOLD_HAS_TOP
[[nodiscard]] int top(const top_arguments& arguments);
#endif

#if PGFOLD_HAS_REPLAY
[[nodiscard]] int replay(const replay_arguments& arguments);
#endif

}  // namespace pgfold::cli
