#include "proxy/capture/permutation.hpp"

#include <gtest/gtest.h>

#include <set>

namespace pgfold::capture {
namespace {

constexpr redaction_key key{1, 2, 3};

TEST(Permutation, IsOneToOneWhateverTheSize) {
    const permutation map(key);
    for (const std::uint64_t size : {1, 2, 3, 9, 10, 17, 100, 1000, 4097}) {
        std::set<std::uint64_t> seen;
        for (std::uint64_t i = 0; i < size; ++i) {
            const std::uint64_t to = map.of(i, size, 7);
            EXPECT_LT(to, size);
            seen.insert(to);
        }
        EXPECT_EQ(seen.size(), size);
    }
}

TEST(Permutation, DependsOnKeyAndFamily) {
    const permutation map(key), other(redaction_key{4});
    unsigned same_key = 0, same_family = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        same_key += map.of(i, 100'000, 1) == other.of(i, 100'000, 1);
        same_family += map.of(i, 100'000, 1) == map.of(i, 100'000, 2);
    }
    EXPECT_LT(same_key, 10U);
    EXPECT_LT(same_family, 10U);
}

TEST(Permutation, KeysAreDrawnAnew) {
    EXPECT_NE(make_redaction_key(), make_redaction_key());
}

}  // namespace
}  // namespace pgfold::capture
