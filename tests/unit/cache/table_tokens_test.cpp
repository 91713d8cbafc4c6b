#include "proxy/cache/shared/table_tokens.hpp"

#include <tuple>

#include <gtest/gtest.h>

#include "unit/cache/cache_fixture.hpp"

namespace pgfold::test {
namespace {

using cache::table_tokens;

struct table_tokens_test : testing::Test, cache_fixture {
    table_tokens_test() { std::ignore = make_tables({1, 2}); }

    std::vector<std::string> names(std::uint64_t flushes = 0) {
        return tokens.names_of({.database = database, .tables = {&database->table(1)}}, flushes);
    }
    std::vector<std::string> due(std::uint64_t flushes = 0) {
        std::vector<std::string> result;
        for (const auto& one : tokens.due(flushes))
            result.push_back(one.name);
        return result;
    }
    void renew_all(std::uint64_t flushes = 0) {
        for (const auto& one : tokens.due(flushes))
            tokens.on_renewed(one);
    }
    using list = std::vector<std::string>;

    table_tokens tokens{database, "t:"};
};

TEST_F(table_tokens_test, what_was_never_written_here_may_be_asked_for) {
    EXPECT_EQ(names(), list{}) << "a table that nobody has looked at yet";
    EXPECT_EQ(due(), list{});
    EXPECT_EQ(names(), (list{"t:0", "t:1"}));
}

TEST_F(table_tokens_test, a_write_asks_for_a_new_token_and_keeps_answers_out_until_it_is_there) {
    renew_all();
    database->table(1).begin_write();
    EXPECT_EQ(names(), list{});
    EXPECT_EQ(due(), list{}) << "not before the write is over";
    database->table(1).end_write();
    EXPECT_EQ(names(), list{});
    EXPECT_EQ(due(), list{"t:1"});
    EXPECT_EQ(due(), list{"t:1"}) << "until it is confirmed";
    renew_all();
    EXPECT_EQ(due(), list{});
    EXPECT_EQ(names(), (list{"t:0", "t:1"}));
}

TEST_F(table_tokens_test, a_write_while_the_token_is_on_its_way_needs_another) {
    renew_all();
    database->table(1).bump();
    const auto first = tokens.due(0);
    ASSERT_EQ(first.size(), 1U);
    database->table(1).bump();
    tokens.on_renewed(first[0]);
    EXPECT_EQ(names(), list{});
    EXPECT_EQ(due(), list{"t:1"});
}

TEST_F(table_tokens_test, a_write_to_everything_and_a_flush_concern_all_answers) {
    renew_all();
    database->everything().bump();
    EXPECT_EQ(names(), list{});
    EXPECT_EQ(due(), list{"t:0"});
    renew_all();
    EXPECT_EQ(names().size(), 2U);
    EXPECT_EQ(names(1), list{});
    EXPECT_EQ(due(1), list{"t:0"});
    renew_all(1);
    EXPECT_EQ(names(1).size(), 2U);
}

TEST_F(table_tokens_test, another_server_must_be_told_of_all_that_was_written) {
    database->table(1).bump();
    renew_all();
    EXPECT_EQ(names().size(), 2U);
    tokens.forget();
    EXPECT_EQ(names(), list{});
    EXPECT_EQ(due(), list{"t:1"}) << "the other table was never written";
}

}  // namespace
}  // namespace pgfold::test
