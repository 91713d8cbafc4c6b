// Rows that are not what the queries answer, and too many of them.
#include <gtest/gtest.h>

#include <string>

#include "unit/catalog/made_catalog.hpp"

namespace pgfold::catalog {
namespace {

TEST(catalog_builder_test, builds_what_it_is_given) {
    made_catalog rows;
    rows.table(20000, "a", "r", {"id", "b"}).table(20001, "b", "p");
    rows.foreign_key(20000, "{2}", 20001, "{1}", "c", "n");
    rows.add(catalog_part::unique_indexes, {"20000", "t", "1", "1 2"});
    const catalog_ptr known = rows.build();
    ASSERT_NE(known, nullptr);
    const relation* a = known->find(20000);
    ASSERT_NE(a, nullptr);
    EXPECT_EQ(a->columns.size(), 2u);
    ASSERT_EQ(a->unique_indexes.size(), 1u);
    EXPECT_EQ(a->unique_indexes[0].columns, std::vector<std::int16_t>{1}) << "INCLUDE is no key";
    EXPECT_EQ(known->find(20001)->kind, relation_kind::partitioned_table);
    ASSERT_EQ(known->foreign_keys().size(), 1u);
    EXPECT_EQ(known->foreign_keys()[0].on_delete, referential_action::cascade);
    EXPECT_EQ(known->foreign_keys()[0].on_update, referential_action::set_null);
    EXPECT_EQ(rows.build(), nullptr) << "it is empty now";
    EXPECT_FALSE(rows.add(catalog_part::schemas, {"1", "x"}));
}

TEST(catalog_builder_test, rows_of_tables_that_it_does_not_know_are_left_out) {
    made_catalog rows;
    rows.table(20000, "a");
    rows.foreign_key(1, "{1}", 2, "{1}").inherits(5, 20000).inherits(20000, 6).trigger(7);
    rows.view_reads(8, 20000);
    rows.add(catalog_part::columns, {"9", "1", "x", "23", "t", "t", "f"});
    const catalog_ptr known = rows.build();
    ASSERT_NE(known, nullptr);
    EXPECT_TRUE(known->find(20000)->children.empty());
    EXPECT_TRUE(known->find(20000)->parents.empty());
}

TEST(catalog_builder_test, one_bad_row_spoils_all) {
    const std::pair<catalog_part, row_values> bad[] = {
        {catalog_part::schemas, {}},
        {catalog_part::schemas, {"1"}},
        {catalog_part::schemas, {"x", "y"}},
        {catalog_part::schemas, {"-1", "y"}},
        {catalog_part::schemas, {"4294967296", "y"}},
        {catalog_part::schemas, {"1", std::nullopt}},
        {catalog_part::relations, {"1", "2", "t", "rr", "f", "f"}},
        {catalog_part::columns, {"1", "99999", "c", "23", "t", "t", "f"}},
        {catalog_part::unique_indexes, {"1", "t", "0", "1"}},
        {catalog_part::unique_indexes, {"1", "t", "3", "1 2"}},
        {catalog_part::unique_indexes, {"1", "t", "1", "one"}},
        {catalog_part::foreign_keys, {"1", "2", "{1,2}", "{1}", "a", "a"}},
        {catalog_part::triggers, {"1", "2", "many"}},
        {catalog_part::peculiarities, {"f", "f"}},
        {catalog_part::stamp, {std::nullopt}},
    };
    for (const auto& [part, values] : bad) {
        made_catalog rows;
        EXPECT_FALSE(rows.add(part, values));
        EXPECT_FALSE(rows.add(catalog_part::schemas, {"1", "x"})) << "it does not recover";
        EXPECT_EQ(rows.build(), nullptr);
    }
}

TEST(catalog_builder_test, over_its_limits_there_is_none) {
    made_catalog few_relations({.relations_max = 2});
    few_relations.table(1, "a").table(2, "b");
    EXPECT_FALSE(few_relations.add(catalog_part::relations, {"3", "2200", "c", "r", "f", "f"}));
    EXPECT_EQ(few_relations.build(), nullptr);

    made_catalog few_rows({.rows_max = 3});
    EXPECT_TRUE(few_rows.add(catalog_part::schemas, {"1", "x"}));
    EXPECT_FALSE(few_rows.add(catalog_part::schemas, {"2", "x"}));

    made_catalog few_functions({.functions_max = 1});
    const row_values function{"1", "11", "f", "i", std::nullopt, "f", "f", "f", "f", "f"};
    EXPECT_TRUE(few_functions.add(catalog_part::functions, function));
    EXPECT_FALSE(few_functions.add(catalog_part::functions, function));
}

TEST(catalog_builder_test, what_it_cannot_read_counts_as_the_worst) {
    made_catalog rows;
    rows.add(catalog_part::functions,
             {"90001", "2200", "f", "?", std::nullopt, "f", "f", "f", "f", "f"});
    rows.add(catalog_part::functions,
             {"90002", "2200", "g", std::nullopt, std::nullopt, "f", "f", "f", "f", "f"});
    rows.table(1, "t", "?").foreign_key(1, "{1}", 1, "{1}", "?", "?");
    const catalog_ptr known = rows.build();
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->find_function(90001)->stability, volatility::volatile_);
    EXPECT_EQ(known->find_function(90002)->stability, volatility::volatile_);
    EXPECT_EQ(known->find(1)->kind, relation_kind::other);
    EXPECT_EQ(known->foreign_keys()[0].on_delete, referential_action::cascade);
}

TEST(catalog_builder_test, what_is_not_told_is_odd) {
    const catalog_ptr silent = made_catalog().build();
    EXPECT_TRUE(silent->has_nondeterministic_collations());
    EXPECT_TRUE(silent->odd().own_equality);
    EXPECT_TRUE(silent->odd().hidden_sets);
    made_catalog rows;
    rows.add(catalog_part::peculiarities, {"f", "t", "f"});
    const catalog_ptr told = rows.build();
    EXPECT_FALSE(told->has_nondeterministic_collations());
    EXPECT_TRUE(told->odd().own_equality);
    EXPECT_FALSE(told->odd().hidden_sets);
}

TEST(catalog_queries_test, older_servers_have_none) {
    EXPECT_TRUE(catalog_queries(110'022).empty());
    for (const int version : {120'000, 150'008, 180'001})
        EXPECT_EQ(catalog_queries(version).size(), 13u) << version;
}

}  // namespace
}  // namespace pgfold::catalog
