#include "config/nearest_key.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace pgfold::config {
namespace {

constexpr std::array<std::string_view, 5> keys = {"listen", "upstream", "tls", "min_lookups",
                                                  "idle_gap"};

TEST(nearest_key, typing_mistakes_find_their_key) {
    EXPECT_EQ(nearest_key("lisen", keys), "listen");
    EXPECT_EQ(nearest_key("lsiten", keys), "listen");
    EXPECT_EQ(nearest_key("upstraem", keys), "upstream");
    EXPECT_EQ(nearest_key("ssl", keys), "") << "two of three letters differ";
    EXPECT_EQ(nearest_key("tsl", keys), "tls");
    EXPECT_EQ(nearest_key("min-lookups", keys), "min_lookups");
    EXPECT_EQ(nearest_key("idlegap", keys), "idle_gap");
}

TEST(nearest_key, what_is_far_finds_nothing) {
    EXPECT_EQ(nearest_key("", keys), "");
    EXPECT_EQ(nearest_key("batch", keys), "");
    EXPECT_EQ(nearest_key(std::string(1'000'000, 'x'), keys), "");
    EXPECT_EQ(nearest_key("listen", {}), "");
}

}  // namespace
}  // namespace pgfold::config
