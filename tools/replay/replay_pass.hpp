// All conversations of a recording, played once. A conversation begins when it is due, and not
// before those have ended that had ended before it in the recording.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/replay/conversation_player.hpp"

namespace pgfold::replay {

struct pass_result {
    std::vector<played> conversations;  // in the recording's order
    std::chrono::nanoseconds elapsed{};
    timestamp began, ended;
};

[[nodiscard]] pass_result play_all(const recording& recorded, const std::string& conninfo,
                                   double speed);

}  // namespace pgfold::replay
