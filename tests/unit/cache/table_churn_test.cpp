#include "proxy/cache/table_churn.hpp"

#include <gtest/gtest.h>

#include "unit/cache/cache_fixture.hpp"

namespace pgfold::test {
namespace {

using namespace std::chrono_literals;

struct table_churn_test : testing::Test, cache_fixture {
    bool is_quiet(const std::vector<catalog::oid>& ids) {
        return churn.is_quiet(*make_tables(ids), 4, now);
    }
    void write(catalog::oid id, int times) {
        for (int i = 0; i < times; ++i)
            database->table(id).bump();
    }
    cache::table_churn churn;
    detect::timestamp now{100h};
};

TEST_F(table_churn_test, a_table_that_is_seldom_written_is_quiet) {
    EXPECT_TRUE(is_quiet({1}));
    write(1, 4);
    EXPECT_TRUE(is_quiet({1}));
    write(1, 1);
    EXPECT_FALSE(is_quiet({1}));
    EXPECT_TRUE(is_quiet({2})) << "another table";
    EXPECT_FALSE(is_quiet({1, 2})) << "both of a join have to be";
}

TEST_F(table_churn_test, one_at_the_limit_does_not_go_in_and_out) {
    EXPECT_TRUE(is_quiet({1}));
    write(1, 5);
    EXPECT_FALSE(is_quiet({1}));
    now += 30min;
    EXPECT_FALSE(is_quiet({1})) << "not before half of what it may is back";
    now += 16min;
    EXPECT_TRUE(is_quiet({1}));
}

TEST_F(table_churn_test, however_much_was_written_it_is_over_after_a_while) {
    EXPECT_TRUE(is_quiet({1}));
    write(1, 100'000);
    EXPECT_FALSE(is_quiet({1}));
    now += 2h;
    EXPECT_TRUE(is_quiet({1}));
}

}  // namespace
}  // namespace pgfold::test
