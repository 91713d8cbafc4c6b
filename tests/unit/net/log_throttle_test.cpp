#include "proxy/net/log_throttle.hpp"

#include <gtest/gtest.h>

namespace pgfold::net {
namespace {

TEST(log_throttle, passes_so_many_a_second_and_tells_what_it_left_out) {
    log_throttle throttle(2);
    const log_throttle::time_point start{std::chrono::hours(1)};
    EXPECT_EQ(throttle.pass(start), 0u);
    EXPECT_EQ(throttle.pass(start + std::chrono::milliseconds(1)), 0u);
    EXPECT_EQ(throttle.pass(start + std::chrono::milliseconds(2)), std::nullopt);
    EXPECT_EQ(throttle.pass(start + std::chrono::milliseconds(999)), std::nullopt);
    EXPECT_EQ(throttle.pass(start + std::chrono::milliseconds(1000)), 2u);
    EXPECT_EQ(throttle.pass(start + std::chrono::milliseconds(1001)), 0u);
}

}  // namespace
}  // namespace pgfold::net
