#include "tools/replay/moment.hpp"

#include <gtest/gtest.h>

namespace pgfold::replay {
namespace {

using namespace std::chrono;
using namespace std::string_literals;

constexpr sys_days day = 2024y / May / 6;
const time_window window{timestamp(day + hours(12)), timestamp(day + hours(13))};

std::string binary(std::int64_t value, int size) {
    std::string bytes;
    for (int i = size - 1; i >= 0; --i)
        bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

TEST(Moment, TextsOfTheDayAre) {
    EXPECT_TRUE(is_moment_of("2024-05-06", window));
    EXPECT_TRUE(is_moment_of("2024-05-06 12:30:00.5+00", window));
    EXPECT_TRUE(is_moment_of("2024-05-07 01:30:00+13", window));
    for (const char* other : {"2024-05-16", "2023-05-06 12:30:00", "12:30:00", "20240506", "",
                              "2024-13-06", "author 42"})
        EXPECT_FALSE(is_moment_of(other, window)) << other;
}

TEST(Moment, BinaryOnesAre) {
    constexpr sys_days epoch = 2000y / January / 1;
    const auto at = duration_cast<microseconds>(day + minutes(750) - epoch).count();
    EXPECT_TRUE(is_moment_of(binary(at, 8), window));
    EXPECT_FALSE(is_moment_of(binary(at - 86'400'000'000, 8), window));
    EXPECT_TRUE(is_moment_of(binary((day - epoch).count(), 4), window));
    EXPECT_FALSE(is_moment_of(binary(42, 4), window));
    EXPECT_FALSE(is_moment_of(binary(-1, 8), window));
}

}  // namespace
}  // namespace pgfold::replay
