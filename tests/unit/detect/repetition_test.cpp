// Repetition without a parent: suspected, duplicate and write loops.
#include "analyzer/detect/repetition.hpp"

#include <gtest/gtest.h>

#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

const auto by_id = select("employee", {"id"});
const auto list = select("employee");

class repetition : public ::testing::Test {
protected:
    collected all_;
    conversation c_{all_};
    [[nodiscard]] std::vector<finding> found() {
        c_.end();
        return all_.hub.findings();
    }
};

TEST_F(repetition, many_keys_in_one_window_are_suspected) {
    for (int i = 0; i < 40; ++i)
        c_.query(by_id, {i * 13 % 997});
    const auto findings = found();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, finding_class::suspected);
    EXPECT_EQ(findings[0].lookups, 40U);
    EXPECT_EQ(findings[0].parent.statement, nullptr);
}

TEST_F(repetition, nine_keys_are_not) {
    for (int i = 0; i < 9; ++i)
        c_.query(by_id, {i * 13});
    EXPECT_TRUE(found().empty());
}

TEST_F(repetition, one_lookup_per_transaction_is_web_traffic) {
    for (int i = 0; i < 200; ++i) {
        c_.begin();
        c_.query(by_id, {i * 13 % 997});
        c_.commit();
    }
    EXPECT_TRUE(found().empty());
}

TEST_F(repetition, the_same_again_and_again_is_a_duplicate) {
    for (int i = 0; i < 30; ++i) {
        c_.query(by_id, {7});
        c_.wait(20ms);
    }
    const auto findings = found();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, finding_class::duplicate);
    EXPECT_EQ(findings[0].lookups, 30U);
    EXPECT_EQ(findings[0].distinct_arguments, 1U);
}

TEST_F(repetition, statements_without_arguments_can_be_duplicates) {
    for (int i = 0; i < 6; ++i)
        c_.query(list, {});
    const auto findings = found();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, finding_class::duplicate);
}

TEST_F(repetition, catalog_and_tableless_statements_never_are) {
    auto catalog = std::make_shared<sql::statement_template>(*select("pg_type", {"oid"}));
    catalog->catalog_only = true;
    auto nothing =
        std::make_shared<sql::statement_template>(*statement_of(sql::statement_kind::select));
    for (int i = 0; i < 50; ++i) {
        c_.query(catalog, {i});
        c_.query(nothing, {});
    }
    EXPECT_TRUE(found().empty());
}

TEST_F(repetition, inserts_in_a_transaction_are_a_write_loop) {
    const auto insert = write(sql::statement_kind::insert, "audit_note", {}, 2);
    c_.begin();
    for (int i = 0; i < 5; ++i)
        c_.query(insert, {i, "note"}, {});
    c_.commit();
    const auto findings = found();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, finding_class::write_loop);
}

TEST_F(repetition, a_few_single_writes_are_requests) {
    const auto insert = write(sql::statement_kind::insert, "audit_note", {}, 2);
    for (int i = 0; i < 9; ++i)
        c_.query(insert, {i, "note"}, {});
    EXPECT_TRUE(found().empty());
}

TEST_F(repetition, a_flood_of_lookups_is_reported_before_it_ends) {
    for (int i = 0; i < 3000; ++i)
        c_.query(by_id, {i * 7});
    EXPECT_EQ(all_.announced.size(), 1U);
    const auto findings = found();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, finding_class::suspected);
    EXPECT_GE(findings[0].lookups, 2900U);
}

TEST_F(repetition, in_lists_that_vary_are_prefetches) {
    auto in_list = std::make_shared<sql::statement_template>(
        *select("employee", {}, " WHERE organization_id IN ($1, $2)"));
    in_list->parameter_count = 2;
    in_list->parameter_roles = {sql::parameter_role::in_list, sql::parameter_role::in_list};
    for (int i = 0; i < 40; ++i)
        c_.query(in_list, {i, i + 1});
    EXPECT_TRUE(found().empty());
}

}  // namespace
}  // namespace pgfold::detect::testing
