// Values that tell when they were made: now(), CURRENT_DATE, a default of a column.
#pragma once

#include <string_view>

#include "tools/replay/answer_log.hpp"

namespace pgfold::replay {

struct time_window {
    timestamp from, to;
};

// A date or time, in text or binary, that may have been the current one within the window, wherever
// on earth.
[[nodiscard]] bool is_moment_of(std::string_view value, const time_window& window);

}  // namespace pgfold::replay
