#include "config/units.hpp"

#include <gtest/gtest.h>

namespace pgfold::config {
namespace {

using namespace std::chrono_literals;

TEST(units, durations) {
    EXPECT_EQ(parse_duration("0"), 0ms);
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("1s"), 1s);
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    EXPECT_EQ(parse_duration("5 m"), 5min);
    EXPECT_EQ(parse_duration("2h"), 2h);
    EXPECT_EQ(parse_duration("0.4ms"), 0ms);
    EXPECT_EQ(parse_duration("1000000h"), 1000000h);
}

TEST(units, what_is_no_duration) {
    for (const char* text : {"",     " ",     "s",     "10",       "-1s",
                             "+1s",  "1.s",   ".5s",   "1e3s",     "1S",
                             "1sec", "1s ",   " 1s",   "1s2",      "inf",
                             "infs", "nan s", "0x10s", "1000001h", "99999999999999999999h",
                             "1d",   "1,5s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << '"' << text << '"';
    }
}

TEST(units, byte_sizes) {
    EXPECT_EQ(parse_byte_size("0"), 0u);
    EXPECT_EQ(parse_byte_size("512B"), 512u);
    EXPECT_EQ(parse_byte_size("64KiB"), 65536u);
    EXPECT_EQ(parse_byte_size("1.5MiB"), 1572864u);
    EXPECT_EQ(parse_byte_size("2 GiB"), 2147483648u);
    for (const char* text : {"", "10", "1KB", "1kib", "-1MiB", "1TiB", "99999999999999999GiB"}) {
        EXPECT_EQ(parse_byte_size(text), std::nullopt) << '"' << text << '"';
    }
}

TEST(units, durations_are_spelled_so_that_they_read_back) {
    EXPECT_EQ(to_string(0ms), "0s");
    EXPECT_EQ(to_string(250ms), "250ms");
    EXPECT_EQ(to_string(1500ms), "1500ms");
    EXPECT_EQ(to_string(90s), "90s");
    EXPECT_EQ(to_string(5min), "5m");
    EXPECT_EQ(to_string(24h), "24h");
    for (const auto duration : {0ms, 1ms, 999ms, 60'001ms, 3'600'000ms}) {
        EXPECT_EQ(parse_duration(to_string(duration)), duration);
    }
}

}  // namespace
}  // namespace pgfold::config
