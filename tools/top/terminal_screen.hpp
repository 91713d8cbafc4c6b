// The whole terminal, by ncurses, given back when this ends.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "tools/top/screen_text.hpp"

namespace pgfold::top {

class terminal_screen {
public:
    terminal_screen();
    ~terminal_screen();
    terminal_screen(const terminal_screen&) = delete;
    terminal_screen& operator=(const terminal_screen&) = delete;

    [[nodiscard]] std::size_t columns() const;
    [[nodiscard]] std::size_t lines() const;
    void show(const std::vector<screen_line>& lines);

    enum class key : std::uint8_t { none, quit, sort, first_sort, connections, pause, resized };
    // The next key, or none when the time is over.
    [[nodiscard]] key wait(std::chrono::milliseconds time);
};

}  // namespace pgfold::top
