// A snapshot as lines of a terminal: what to show, not how to get it there.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/top/snapshot.hpp"

namespace pgfold::top {

enum class line_style : std::uint8_t { plain, heading, quiet, loop, problem };

struct screen_line {
    std::string text;  // UTF-8 without control characters, at most as wide as asked for
    line_style style = line_style::plain;
};

struct screen_request {
    std::size_t columns = 100;
    std::size_t lines = 0;  // 0: as many as there are
    std::string sort = "total";
    std::string address;
    bool paused = false;
    bool connections = false;  // in the place of statements
    bool keys = true;          // say which keys there are
};

[[nodiscard]] std::vector<screen_line> lay_out(const snapshot& shown,
                                               const screen_request& request);

// Highest first, as the statement endpoint has them.
[[nodiscard]] const std::vector<std::string>& sort_orders();

}  // namespace pgfold::top
