// What folding needs of detection, and tells it.
#include <gtest/gtest.h>

#include "analyzer/detect/connection_detector.hpp"
#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

constexpr std::uint32_t organization_oid = 101, employee_oid = 102;

const auto organizations = select("organization");
const auto employees_of = select("employee", {"organization_id"});

sql::template_ptr with_verdict(const sql::template_ptr& statement, sql::verdict foldable) {
    auto copy = std::make_shared<sql::statement_template>(*statement);
    copy->foldable = std::move(foldable);
    return copy;
}

class folding : public ::testing::Test {
protected:
    collected all_;
    conversation c_{all_};

    [[nodiscard]] finding only_finding() {
        c_.end();
        const auto findings = all_.hub.findings();
        EXPECT_EQ(findings.size(), 1U);
        return findings.empty() ? finding{} : findings.front();
    }
    void loop(const sql::template_ptr& child, int sent, int folded) {
        c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, sent + folded)));
        for (int id = 1; id <= sent + folded; ++id) {
            const auto answer = ids(employee_oid, "id", {id * 10, id * 10 + 1});
            if (id <= sent) {
                c_.query(child, {id}, answer);
            } else {
                c_.folded_query(child, {id}, answer);
            }
        }
    }
};

TEST_F(folding, lookups_that_pgfold_answers_are_part_of_their_loop) {
    loop(employees_of, 2, 48);
    const finding f = only_finding();
    EXPECT_EQ(f.kind, finding_class::n_plus_one);
    EXPECT_EQ(f.runs, 1U);
    EXPECT_EQ(f.lookups, 50U);
    EXPECT_EQ(f.rows, 100U);
    EXPECT_EQ(f.folded, 48U);
    EXPECT_EQ(f.round_trips_saved, 48U);
    // 2 of 200 µs at the server, 48 of 1 µs here.
    EXPECT_NEAR(f.total_ms, 2 * 0.2 + 48 * 0.001, 0.0001);
}

TEST_F(folding, what_was_folded_adds_up_over_the_runs) {
    loop(employees_of, 2, 48);
    c_.wait(2s);
    loop(employees_of, 1, 9);
    const finding f = only_finding();
    EXPECT_EQ(f.runs, 2U);
    EXPECT_EQ(f.lookups, 60U);
    EXPECT_EQ(f.folded, 57U);
    EXPECT_EQ(f.round_trips_saved, 57U);
}

TEST_F(folding, nothing_is_folded_where_the_server_answers) {
    loop(employees_of, 50, 0);
    const finding f = only_finding();
    EXPECT_EQ(f.folded, 0U);
    EXPECT_EQ(f.round_trips_saved, 0U);
}

// Lookups without a parent take another way into a finding: by their numbers.
TEST_F(folding, counts_in_findings_without_a_parent) {
    for (int i = 0; i < 20; ++i)
        c_.query(employees_of, {i * 13 % 997});
    for (int i = 20; i < 30; ++i)
        c_.folded_query(employees_of, {i * 13 % 997}, ids(employee_oid, "id", {i}));
    const finding f = only_finding();
    EXPECT_EQ(f.kind, finding_class::suspected);
    EXPECT_EQ(f.lookups, 30U);
    EXPECT_EQ(f.folded, 10U);
}

TEST_F(folding, says_why_a_statement_cannot_be_folded) {
    loop(with_verdict(employees_of, {false, "calls nextval()"}), 10, 0);
    EXPECT_EQ(only_finding().not_folded_because, "calls nextval()");
}

TEST_F(folding, says_nothing_where_a_statement_can_be) {
    loop(with_verdict(employees_of, {true, ""}), 10, 0);
    EXPECT_EQ(only_finding().not_folded_because, "");
}

TEST(recent_results, are_those_that_loops_may_be_fed_from) {
    collected all;
    conversation c(all);
    const auto& results = static_cast<connection_detector&>(c.observer()).recent_results();
    EXPECT_TRUE(results.empty());
    const auto id = c.query(organizations, {}, ids(organization_oid, "id", {7, 8, 9}));
    ASSERT_EQ(results.results().size(), 1U);
    const result_record& record = *results.results()[0]->record;
    EXPECT_EQ(record.id, id);
    EXPECT_EQ(record.statement, organizations);
    EXPECT_EQ(record.rows.rows(), 3U);
    c.wait(2s);
    c.tick();
    EXPECT_TRUE(results.empty()) << "an idle connection keeps nothing";
}

}  // namespace
}  // namespace pgfold::detect::testing
