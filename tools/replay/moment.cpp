#include "tools/replay/moment.hpp"

#include <charconv>
#include <chrono>

namespace pgfold::replay {
namespace {

using namespace std::chrono;

constexpr seconds clocks_apart{300};  // the server's and ours

bool is_within(sys_time<nanoseconds> at, const time_window& window, nanoseconds slack) {
    return at >= window.from - slack && at <= window.to + slack;
}

int number(std::string_view text) {
    int value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool is_text_moment(std::string_view value, const time_window& window) {
    if (value.size() < 10 || value[4] != '-' || value[7] != '-') return false;
    const year_month_day date(year(number(value.substr(0, 4))),
                              month(static_cast<unsigned>(number(value.substr(5, 2)))),
                              day(static_cast<unsigned>(number(value.substr(8, 2)))));
    if (!date.ok()) return false;
    // Without its zone a time is known to a day.
    return is_within(sys_days(date), window, hours(48));
}

}  // namespace

bool is_moment_of(std::string_view value, const time_window& window) {
    if (is_text_moment(value, window)) return true;
    constexpr sys_days epoch = 2000y / January / 1;  // PostgreSQL's
    std::uint64_t bits = 0;
    for (const char c : value.substr(0, 8))
        bits = bits << 8 | static_cast<unsigned char>(c);
    if (value.size() == 8)
        return is_within(
            epoch + microseconds(static_cast<std::int64_t>(bits) % 4'000'000'000'000'000), window,
            clocks_apart);
    return value.size() == 4 && bits < 100'000 &&
           is_within(epoch + days(static_cast<int>(bits)), window, hours(48));
}

}  // namespace pgfold::replay
