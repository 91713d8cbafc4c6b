// The bounded tables behind the analyzer.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "analyzer/sql/set_associative_cache.hpp"
#include "analyzer/sql/template_table.hpp"
#include "analyzer/sql/text_cache.hpp"
#include "analyzer/sql/text_normalization.hpp"

namespace pgfold::sql {
namespace {

hash128 key(std::uint64_t n) {
    return {n, n * 0x9e3779b97f4a7c15};
}

TEST(keyed_hash_test, depends_on_bytes_seed_and_domain) {
    const keyed_hash one(1);
    const keyed_hash other(2);
    for (const std::size_t length : {0u, 1u, 16u, 100u, 200u, 300u, 5'000u}) {
        const std::string text(length, 'x');
        EXPECT_EQ(one(text), one(text));
        EXPECT_NE(one(text), other(text)) << length;
        EXPECT_NE(one(text), one(text, 1)) << length;
        EXPECT_NE(one(text), one(text + "y")) << length;
        EXPECT_NE(one(text, 1), one(text, 2)) << length;
    }
    EXPECT_NE(keyed_hash()("x"), keyed_hash()("x"));
}

TEST(set_associative_cache_test, keeps_what_was_used_last) {
    set_associative_cache<int> cache(4);  // one set
    for (int i = 0; i < 4; ++i)
        cache.insert(key(static_cast<std::uint64_t>(i)), i);
    ASSERT_NE(cache.find(key(0)), nullptr);
    std::vector<int> retired;
    cache.insert(key(4), 4, [&retired](int& value) { retired.push_back(value); });
    EXPECT_EQ(retired, std::vector<int>{1});
    EXPECT_EQ(cache.find(key(1)), nullptr);
    for (const std::uint64_t kept : {0u, 2u, 3u, 4u})
        EXPECT_NE(cache.find(key(kept)), nullptr) << kept;
}

TEST(set_associative_cache_test, replaces_the_value_of_a_key) {
    set_associative_cache<int> cache(16);
    cache.insert(key(1), 1);
    int retired = 0;
    cache.insert(key(1), 2, [&retired](int& value) { retired = value; });
    EXPECT_EQ(retired, 1);
    EXPECT_EQ(*cache.find(key(1)), 2);
}

TEST(set_associative_cache_test, sweep_drops_what_it_is_told_to) {
    set_associative_cache<int> cache(8);
    for (int i = 1; i <= 8; ++i)
        cache.insert(key(static_cast<std::uint64_t>(i)), i);
    int left = 0;
    cache.sweep([](int& value, bool& drop) {
        drop = value % 2 == 0;
        return true;
    });
    cache.sweep([&left](int& value, bool&) {
        EXPECT_EQ(value % 2, 1);
        ++left;
        return true;
    });
    EXPECT_EQ(left, 4);
}

TEST(lru_map_test, drops_the_least_recently_used_that_nobody_holds) {
    lru_map<std::shared_ptr<int>> map(3);
    const auto held = map.insert(key(1), std::make_shared<int>(1));
    map.insert(key(2), std::make_shared<int>(2));
    map.insert(key(3), std::make_shared<int>(3));
    (void)map.find(key(2));
    map.insert(key(4), std::make_shared<int>(4));
    EXPECT_EQ(map.size(), 3u);
    EXPECT_NE(map.find(key(1)), nullptr);  // the oldest, but held
    EXPECT_EQ(map.find(key(3)), nullptr);
    EXPECT_NE(map.find(key(2)), nullptr);
}

TEST(lru_map_test, is_bounded_even_if_all_are_held) {
    lru_map<std::shared_ptr<int>> map(16);
    std::vector<std::shared_ptr<int>> held;
    for (std::uint64_t i = 0; i < 200; ++i)
        held.push_back(map.insert(key(i), std::make_shared<int>(0)));
    EXPECT_EQ(map.size(), 16u);
}

TEST(lru_map_test, the_first_of_two_equal_keys_stays) {
    lru_map<std::shared_ptr<int>> map(3);
    const auto first = map.insert(key(1), std::make_shared<int>(1));
    EXPECT_EQ(map.insert(key(1), std::make_shared<int>(2)), first);
}

TEST(template_table_test, is_bounded) {
    template_table table(160);
    for (std::uint64_t i = 0; i < 5'000; ++i)
        table.insert_template(key(i), std::make_shared<statement_template>());
    EXPECT_LE(table.template_count(), 160u);
    EXPECT_GT(table.template_count(), 100u);
}

analysis with_literals(const std::vector<literal_span>& literals) {
    analysis result;
    result.statement = std::make_shared<statement_template>();
    result.literals = literals;
    return result;
}

TEST(text_cache_test, keeps_a_text_from_its_second_time_on) {
    text_cache cache(64, 1 << 16);
    const std::vector<literal_span> literals = {{7, 1, literal_kind::integer}};
    EXPECT_FALSE(cache.find(key(1), "select 1"));
    cache.store(key(1), "select 1", with_literals(literals), false);
    EXPECT_FALSE(cache.find(key(1), "select 1"));
    cache.store(key(1), "select 1", with_literals(literals), false);
    const auto found = cache.find(key(1), "select 1");
    ASSERT_TRUE(found);
    ASSERT_EQ(found->literals.size(), 1u);
    EXPECT_EQ(found->literals[0].offset, 7u);
    EXPECT_FALSE(cache.find(key(1), "select 11"));  // another length: another text
    cache.store(key(2), "select 2", with_literals(literals), true);
    EXPECT_TRUE(cache.find(key(2), "select 2"));
}

TEST(text_cache_test, memory_is_bounded) {
    text_cache cache(1024, 10'000);
    const std::vector<literal_span> literals(50);
    for (std::uint64_t i = 0; i < 1000; ++i) {
        cache.store(key(i), "x", with_literals(literals), true);
        EXPECT_LE(cache.bytes(), 10'000u);
    }
    EXPECT_GT(cache.bytes(), 0u);
    const std::vector<literal_span> many(5'000);
    cache.store(key(5'000), "x", with_literals(many), true);
    EXPECT_FALSE(cache.find(key(5'000), "x"));
}

std::size_t depth(const std::string& text) {
    std::vector<token> tokens;
    EXPECT_EQ(sql_lexer().tokenize(text, {}, tokens), lex_status::ok);
    return tree_depth_bound(text, tokens);
}

TEST(tree_depth_bound_test, grows_with_what_nests_and_chains) {
    EXPECT_GE(depth("((((1))))"), 4u);
    EXPECT_GE(depth("1 + 2 + 3 + 4"), 3u);
    EXPECT_GE(depth("1::a::b::c"), 3u);
    EXPECT_GE(depth("not not not a"), 3u);
    EXPECT_GE(depth("select 1 union select 2 union select 3"), 2u);
    EXPECT_GE(depth("f(1 + (2 + (3)))"), 5u);
    EXPECT_GE(depth("case when case when 1 then 2 end then 3 end"), 2u);
    EXPECT_GE(depth("select 1, 2 union select 1, 2 union select 1, 2"), 2u);
}

TEST(tree_depth_bound_test, lists_and_conjunctions_are_flat) {
    EXPECT_LE(depth("a + 1, b + 1, c + 1, d + 1"), 2u);
    EXPECT_LE(depth("a = 1 and b = 2 or c = 3 and d = 4"), 2u);
    EXPECT_LE(depth("(1), (2), (3), (4)"), 2u);
    EXPECT_LE(depth("a.b.c.d.e.f"), 1u);
    EXPECT_LE(depth("))))) 1 + 2"), 2u);
}

}  // namespace
}  // namespace pgfold::sql
