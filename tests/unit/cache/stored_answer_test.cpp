#include "proxy/cache/shared/stored_answer.hpp"

#include <gtest/gtest.h>

namespace pgfold::cache {
namespace {

stored_answer some_answer() {
    stored_answer answer;
    answer.tokens = {"first", "", "third"};
    answer.born_ms = 1'700'000'000'123;
    answer.count = 3;
    answer.row_description = "columns";
    answer.rows = std::string_view("ro\0ws", 5);
    return answer;
}

TEST(stored_answer, comes_back_as_it_went) {
    const std::string bytes = encode(some_answer());
    const auto found = decode(bytes);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->tokens, some_answer().tokens);
    EXPECT_EQ(found->born_ms, 1'700'000'000'123);
    EXPECT_EQ(found->count, 3U);
    EXPECT_EQ(found->row_description, "columns");
    EXPECT_EQ(found->rows, std::string_view("ro\0ws", 5));
}

TEST(stored_answer, is_refused_when_it_is_cut_short_or_goes_on) {
    const std::string bytes = encode(some_answer());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size))) << size;
    EXPECT_FALSE(decode(bytes + "x"));
    EXPECT_FALSE(decode("X" + bytes.substr(1)));
}

TEST(stored_answer, names_tell_where_one_part_ends) {
    const auto name = [](std::string_view a, std::string_view b) {
        const std::array<std::string_view, 2> parts{a, b};
        return digest_of(parts);
    };
    EXPECT_EQ(name("a", "b"), name("a", "b"));
    EXPECT_NE(name("a", "b"), name("ab", ""));
    EXPECT_NE(name("a", "b"), name("b", "a"));
    EXPECT_EQ(name("", "").size(), 64U);
}

TEST(stored_answer, no_token_is_like_another) {
    EXPECT_NE(new_token(), new_token());
    EXPECT_EQ(new_token().size(), 16U);
}

}  // namespace
}  // namespace pgfold::cache
