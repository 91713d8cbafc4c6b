// When the lookups of a finding's latest loop ran.
#include <gtest/gtest.h>

#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

constexpr std::uint32_t organization_oid = 101, employee_oid = 102;

const auto organizations = select("organization");
const auto employees_of = select("employee", {"organization_id"});

class timeline : public ::testing::Test {
protected:
    collected all_;
    conversation c_{all_};

    // Pauses between the lookups tell loops apart. Returns when the parent's rows were there.
    timestamp loop(int lookups, int folded, std::chrono::milliseconds pause) {
        c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, lookups)));
        const timestamp arrived = c_.now();
        for (int id = 1; id <= lookups; ++id) {
            c_.wait(pause);
            const auto answer = ids(employee_oid, "id", {id});
            if (id > lookups - folded) {
                c_.folded_query(employees_of, {id}, answer);
            } else {
                c_.query(employees_of, {id}, answer);
            }
        }
        return arrived;
    }
    [[nodiscard]] loop_timeline only_timeline() {
        c_.end();
        const auto findings = all_.hub.findings();
        EXPECT_EQ(findings.size(), 1U);
        return findings.empty() ? loop_timeline{} : findings.front().timeline;
    }
};

TEST_F(timeline, has_the_lookups_in_their_order_and_what_was_folded) {
    const timestamp arrived = loop(12, 8, 3ms);
    const loop_timeline found = only_timeline();
    EXPECT_EQ(found.total, 12U);
    EXPECT_LE(found.parent_arrived, arrived);
    EXPECT_GT(found.parent_arrived, arrived - 1ms);
    ASSERT_EQ(found.lookups.size(), 12U);
    for (std::size_t i = 0; i < found.lookups.size(); ++i) {
        EXPECT_EQ(found.lookups[i].local, i >= 4) << i;
        EXPECT_GT(found.lookups[i].duration.count(), 0);
        if (i == 0) continue;
        EXPECT_GE(found.lookups[i].start - found.lookups[i - 1].start, 3ms);
    }
    EXPECT_EQ(found.end, found.lookups.back().start + found.lookups.back().duration);
}

TEST_F(timeline, is_bounded_and_counts_the_rest) {
    loop(200, 0, 0ms);
    const loop_timeline found = only_timeline();
    EXPECT_EQ(found.lookups.size(), loop_timeline::lookups_max);
    EXPECT_EQ(found.total, 200U);
}

TEST_F(timeline, is_of_the_latest_loop) {
    loop(10, 0, 0ms);
    c_.wait(5s);
    const timestamp second = loop(20, 15, 0ms);
    const loop_timeline found = only_timeline();
    EXPECT_EQ(found.total, 20U);
    EXPECT_GE(found.lookups.front().start, second);
}

TEST_F(timeline, without_a_parent_begins_with_the_first_lookup) {
    for (int i = 0; i < 20; ++i)
        c_.query(employees_of, {i * 13 % 997});
    const loop_timeline found = only_timeline();
    EXPECT_EQ(found.parent_arrived, timestamp{});
    EXPECT_EQ(found.lookups.size(), 20U);
}

}  // namespace
}  // namespace pgfold::detect::testing
