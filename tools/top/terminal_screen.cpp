#include "tools/top/terminal_screen.hpp"

#include <clocale>

#define NCURSES_WIDECHAR 1
#include <curses.h>

namespace pgfold::top {
namespace {

constexpr short warm = 1, quiet = 2, bad = 3;

attr_t attributes_of(line_style style) {
    switch (style) {
        case line_style::heading:
            return A_BOLD;
        case line_style::quiet:
            return static_cast<attr_t>(COLOR_PAIR(quiet));
        case line_style::loop:
            return static_cast<attr_t>(COLOR_PAIR(warm));
        case line_style::problem:
            return static_cast<attr_t>(COLOR_PAIR(bad)) | A_BOLD;
        case line_style::plain:
            break;
    }
    return A_NORMAL;
}

}  // namespace

terminal_screen::terminal_screen() {
    // Without a locale for UTF-8 ncurses would show bytes; C.UTF-8 is always there.
    if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1)
        std::setlocale(LC_CTYPE, "C.UTF-8");
    initscr();
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
        init_pair(warm, COLOR_YELLOW, -1);
        init_pair(quiet, COLOR_CYAN, -1);
        init_pair(bad, COLOR_RED, -1);
    }
}

terminal_screen::~terminal_screen() {
    endwin();
}

std::size_t terminal_screen::columns() const {
    return static_cast<std::size_t>(COLS > 0 ? COLS : 1);
}

std::size_t terminal_screen::lines() const {
    return static_cast<std::size_t>(LINES > 0 ? LINES : 1);
}

void terminal_screen::show(const std::vector<screen_line>& lines) {
    erase();
    for (std::size_t i = 0; i < lines.size() && i < this->lines(); ++i) {
        attrset(static_cast<int>(attributes_of(lines[i].style)));
        mvaddstr(static_cast<int>(i), 0, lines[i].text.c_str());
    }
    attrset(A_NORMAL);
    refresh();
}

terminal_screen::key terminal_screen::wait(std::chrono::milliseconds time) {
    timeout(static_cast<int>(time.count()));
    switch (getch()) {
        case 'q':
        case 'Q':
            return key::quit;
        case 's':
            return key::sort;
        case 'r':
            return key::first_sort;
        case 'c':
            return key::connections;
        case ' ':
        case 'p':
            return key::pause;
        case KEY_RESIZE:
            return key::resized;
        default:
            return key::none;
    }
}

}  // namespace pgfold::top
