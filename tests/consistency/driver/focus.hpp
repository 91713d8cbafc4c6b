// A run of one scene, some rounds of it, and the verdict. Much less happens than in a whole run,
// but that happens for certain.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "tests/consistency/driver/stage.hpp"

namespace pgfold::consistency {

struct focus_options {
    stage_options on;
    std::string scene;  // one of scene_names()
    int rounds = 6;
    std::size_t violations_shown_max = 3;
};

[[nodiscard]] const std::vector<std::string_view>& scene_names();

// Returns one of the statuses of run.hpp.
[[nodiscard]] int run_focus(const focus_options& options, std::ostream& out);

}  // namespace pgfold::consistency
