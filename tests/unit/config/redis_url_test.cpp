#include "config/redis_url.hpp"

#include <gtest/gtest.h>

namespace pgfold::config {
namespace {

TEST(redis_url, has_defaults_for_all_but_the_host) {
    const auto parsed = parse_redis_url("redis://cache.internal");
    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.value.host, "cache.internal");
    EXPECT_EQ(parsed.value.port, 6379);
    EXPECT_EQ(parsed.value.database, 0U);
    EXPECT_EQ(parsed.value.password, "");
}

TEST(redis_url, is_taken_apart) {
    const auto full = parse_redis_url("redis://fold:a%40b%3ac@[::1]:7000/3").value;
    EXPECT_EQ(full.host, "::1");
    EXPECT_EQ(full.port, 7000);
    EXPECT_EQ(full.user, "fold");
    EXPECT_EQ(full.password, "a@b:c");
    EXPECT_EQ(full.database, 3U);
    const auto plain = parse_redis_url("redis://:p@ss@h:1/").value;
    EXPECT_EQ(plain.user, "");
    EXPECT_EQ(plain.password, "p@ss");
    EXPECT_EQ(plain.host, "h");
    EXPECT_EQ(plain.port, 1);
}

TEST(redis_url, mistakes_are_named) {
    for (const char* wrong : {"", "h:6379", "http://h", "redis://", "redis://:p@", "redis://h:0",
                              "redis://h:65536", "redis://h:x", "redis://h/x", "redis://[::1",
                              "redis://:%4@h", "redis://:%zz@h", "redis://[::1]x"})
        EXPECT_NE(parse_redis_url(wrong).error, "") << wrong;
    EXPECT_EQ(parse_redis_url("rediss://h").error, "TLS towards Redis is not supported");
}

TEST(redis_url, is_shown_without_its_password) {
    EXPECT_EQ(masked_redis_url("redis://user:se:c@ret@h:1/2"), "redis://user:***@h:1/2");
    EXPECT_EQ(masked_redis_url("redis://h:6379"), "redis://h:6379");
    EXPECT_EQ(masked_redis_url(""), "");
}

}  // namespace
}  // namespace pgfold::config
