// Which lookups an answer that was fetched for another one may be given to.

#include "proxy/fold/kept_answers.hpp"

#include <gtest/gtest.h>

#include "unit/fold/analyzed_lookup.hpp"

namespace pgfold::fold {
namespace {

using namespace std::string_literals;
using test::analyzed_lookup;
namespace frontend = test::frontend;

constexpr std::uint32_t int4 = 23, int8 = 20, text = 25;
const std::string query = "SELECT a, b FROM t WHERE id = $1 AND kind = $2";

analyzed_lookup bound(const std::string& key, const std::string& kind,
                      std::initializer_list<std::uint16_t> results = {},
                      std::vector<std::uint32_t> types = {int4, text},
                      std::initializer_list<std::uint16_t> formats = {}) {
    return {query, frontend::bind("", "s", {key, kind}, formats, results), std::move(types)};
}

struct group_like : answer_group {
    explicit group_like(analyzed_lookup lookup, std::vector<std::uint16_t> keys = {0})
        : answer_group(lookup.asked(), std::move(keys), nullptr) {
        EXPECT_TRUE(ask_as(lookup.asked()));
    }
};

bool matches(const answer_group& group, analyzed_lookup lookup) {
    return group.matches(lookup.asked());
}
key_tuple key_of(const answer_group& group, analyzed_lookup lookup) {
    return group.key_of(lookup.asked());
}

TEST(AnswerGroup, OtherKeysAreTheSameGroupOtherConstantsAreNot) {
    const auto group = group_like(bound("1", "x"));
    EXPECT_TRUE(matches(group, bound("2", "x")));
    EXPECT_FALSE(matches(group, bound("1", "y")));
    EXPECT_FALSE(matches(group, bound("1", "")));
    EXPECT_FALSE(
        matches(group, {query, frontend::bind("", "s", {"1", std::nullopt}), {int4, text}}));
}

TEST(AnswerGroup, NullAndAnEmptyConstantDiffer) {
    analyzed_lookup with_null(query, frontend::bind("", "s", {"1", std::nullopt}), {int4, text});
    const auto group = group_like(with_null);
    EXPECT_FALSE(matches(group, bound("1", "")));
}

TEST(AnswerGroup, NeighboringConstantsAreNotJoined) {
    const std::string three = "SELECT a FROM t WHERE id = $1 AND b = $2 AND c = $3";
    const auto with = [&](const char* b, const char* c) {
        return analyzed_lookup(three, frontend::bind("", "s", {"1", b, c}), {int4, text, text});
    };
    const auto group = group_like(with("xy", "z"));
    EXPECT_FALSE(matches(group, with("x", "yz")));
    EXPECT_TRUE(matches(group, with("xy", "z")));
}

TEST(AnswerGroup, RowsInAnotherFormatAreAnotherAnswer) {
    const auto group = group_like(bound("1", "x", {1, 0}));
    EXPECT_TRUE(matches(group, bound("2", "x", {1, 0})));
    EXPECT_FALSE(matches(group, bound("2", "x", {0, 1})));
    EXPECT_FALSE(matches(group, bound("2", "x", {1})));
    EXPECT_FALSE(matches(group, bound("2", "x")));
}

TEST(AnswerGroup, OtherParameterTypesAreAnotherQuestion) {
    const auto group = group_like(bound("1", "x"));
    EXPECT_FALSE(matches(group, bound("1", "x", {}, {int8, text})));
    EXPECT_FALSE(matches(group, bound("1", "x", {}, {int4})));
}

TEST(AnswerGroup, OtherStatementsAndTheOtherProtocolAreNotTheSame) {
    const auto group = group_like(bound("1", "x"));
    EXPECT_FALSE(matches(group, {"SELECT a FROM t WHERE id = $1 AND kind = $2",
                                 frontend::bind("", "s", {"1", "x"}),
                                 {int4, text}}));
    const auto simple = group_like(analyzed_lookup("SELECT a FROM t WHERE id = 1"));
    EXPECT_TRUE(matches(simple, analyzed_lookup("SELECT a FROM t WHERE id = 2")));
    EXPECT_FALSE(
        matches(simple, {"SELECT a FROM t WHERE id = $1", frontend::bind("", "s", {"1"}), {int4}}));
}

TEST(AnswerGroup, NumbersAndQuotedNumbersAreReadDifferently) {
    const auto group = group_like(analyzed_lookup("SELECT a FROM t WHERE id = 1"));
    EXPECT_FALSE(matches(group, analyzed_lookup("SELECT a FROM t WHERE id = '1'")));
}

TEST(AnswerGroup, AKeyHasOneSpellingInAllFormats) {
    const auto group = group_like(bound("1", "x"));
    EXPECT_EQ(key_of(group, bound("24", "x")), key_tuple{"24"});
    EXPECT_EQ(key_of(group, bound("\0\0\0\x18"s, "x", {}, {int4, text}, {1, 0})), key_tuple{"24"});
    EXPECT_EQ(key_of(group, bound("024", "x")), key_tuple{});
    EXPECT_EQ(key_of(group, {query, frontend::bind("", "s", {std::nullopt, "x"}), {int4, text}}),
              key_tuple{});
}

TEST(AnswerGroup, CompositeKeysDoNotRunIntoEachOther) {
    const std::string two = "SELECT a FROM t WHERE b = $1 AND c = $2";
    analyzed_lookup first(two, frontend::bind("", "s", {"x", "y"}), {text, text});
    auto group = group_like(first, {0, 1});
    EXPECT_NE(group.add({"ab", "c"}, 1), nullptr);
    EXPECT_EQ(group.find({"a", "bc"}), nullptr);
    EXPECT_NE(group.find({"ab", "c"}), nullptr);
    EXPECT_EQ(key_of(group, {two, frontend::bind("", "s", {"p", "q"}), {text, text}}),
              (key_tuple{"p", "q"}));
}

TEST(AnswerGroup, AKeyIsFetchedOnce) {
    auto group = group_like(bound("1", "x"));
    kept_answer* first = group.add({"1"}, 7);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->batch, 7u);
    EXPECT_EQ(first->state, answer_state::asked);
    EXPECT_EQ(group.add({"1"}, 8), nullptr);
    for (int key = 2; key < 200; ++key)
        EXPECT_NE(group.add({std::to_string(key)}, 8), nullptr);
    EXPECT_EQ(group.find({"1"}), first);  // pointers stay
    EXPECT_EQ(group.fetched, 199u);
    EXPECT_EQ(group.unused, 199u);
}

}  // namespace
}  // namespace pgfold::fold
