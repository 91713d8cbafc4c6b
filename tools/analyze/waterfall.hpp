// A loop as people know it from a browser's network panel: a bar for each statement, one below the
// other, along the time that they took.
#pragma once

#include <string>

#include "tools/analyze/timeline_recorder.hpp"

namespace pgfold::analyze {

// Inline SVG; its colors are the page's CSS classes.
[[nodiscard]] std::string waterfall_svg(const loop_timeline& timeline);

}  // namespace pgfold::analyze
