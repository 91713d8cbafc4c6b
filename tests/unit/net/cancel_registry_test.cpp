#include "proxy/net/cancel_registry.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "proxy/net/upstream.hpp"

namespace pgfold::net {
namespace {

std::vector<std::byte> secret_of(std::initializer_list<unsigned char> values) {
    std::vector<std::byte> secret;
    for (const unsigned char value : values)
        secret.push_back(std::byte{value});
    return secret;
}

cancel_target target_named(const std::string& name) {
    cancel_target target;
    target.address.name = name;
    return target;
}

TEST(cancel_registry, finds_only_the_whole_key) {
    cancel_registry registry;
    const auto secret = secret_of({1, 2, 3, 4});
    EXPECT_TRUE(registry.add(10, secret, target_named("a")));
    ASSERT_TRUE(registry.find(10, secret));
    EXPECT_EQ(registry.find(10, secret)->address.name, "a");
    EXPECT_FALSE(registry.find(11, secret));
    EXPECT_FALSE(registry.find(10, secret_of({1, 2, 3, 5})));
    EXPECT_FALSE(registry.find(10, secret_of({1, 2, 3})));
    EXPECT_FALSE(registry.find(10, secret_of({1, 2, 3, 4, 0})));
    EXPECT_FALSE(registry.find(10, {}));
}

TEST(cancel_registry, long_secrets_of_protocol_3_2) {
    cancel_registry registry;
    std::vector<std::byte> secret(256, std::byte{7});
    EXPECT_TRUE(registry.add(1, secret, target_named("a")));
    EXPECT_TRUE(registry.find(1, secret));
    secret.back() = std::byte{8};
    EXPECT_FALSE(registry.find(1, secret));
}

TEST(cancel_registry, first_of_two_equal_keys_stays) {
    cancel_registry registry;
    const auto secret = secret_of({9, 9, 9, 9});
    EXPECT_TRUE(registry.add(1, secret, target_named("first")));
    EXPECT_FALSE(registry.add(1, secret, target_named("second")));
    EXPECT_EQ(registry.find(1, secret)->address.name, "first");
    registry.remove(1, secret);
    EXPECT_FALSE(registry.find(1, secret));
    EXPECT_EQ(registry.size(), 0U);
    registry.remove(1, secret);  // no harm
}

}  // namespace
}  // namespace pgfold::net
