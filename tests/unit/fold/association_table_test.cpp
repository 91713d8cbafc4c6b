// What is learned about loops, and how long one that does not pay is left alone.

#include "proxy/fold/association_table.hpp"

#include <gtest/gtest.h>

#include "unit/fold/analyzed_lookup.hpp"

namespace pgfold::fold {
namespace {

using namespace std::chrono_literals;
using test::analyzed_lookup;

constexpr auto age_max = 100ms;

sql::template_ptr statement(const std::string& text) {
    return analyzed_lookup(text).statement();
}

key_feed feed_of(std::uint16_t column) {
    key_feed feed;
    feed.columns.columns[0] = column;
    feed.columns.size = 1;
    return feed;
}

association made() {
    return {"shop",
            statement("SELECT id FROM organization"),
            statement("SELECT name FROM employee WHERE organization_id = 1"),
            feed_of(0),
            {"id"}};
}

unsigned loops_until_wanted(association& a) {
    unsigned loops = 0;
    while (!a.wants_batch())
        ++loops;
    return loops;
}

TEST(Association, BeginsSmallGrowsAndTakesAllOnceItIsTrusted) {
    association a = made();
    EXPECT_TRUE(a.wants_batch());
    EXPECT_EQ(a.first_chunk(1000, age_max), 16u);
    EXPECT_EQ(a.next_chunk(16, 1000, age_max), 64u);
    EXPECT_EQ(a.next_chunk(64, 1000, age_max), 256u);
    EXPECT_EQ(a.next_chunk(256, 1000, age_max), 1000u);
    EXPECT_EQ(a.next_chunk(0, 1000, age_max), 4u);
    a.record_loop(10, 7);
    EXPECT_EQ(a.current_score().trust, 1u);
    EXPECT_EQ(a.first_chunk(1000, age_max), 1000u);
    EXPECT_EQ(a.first_chunk(50, age_max), 50u);
}

TEST(Association, NeverMoreThanAsked) {
    association a = made();
    EXPECT_EQ(a.first_chunk(5, age_max), 5u);
    EXPECT_EQ(a.next_chunk(4, 5, age_max), 5u);
}

TEST(Association, ALoopThatIsNeitherGoodNorBadCostsTrustOnly) {
    association a = made();
    a.record_loop(40, 40);
    a.record_loop(40, 20);
    EXPECT_EQ(a.current_score().trust, 0u);
    EXPECT_EQ(a.first_chunk(1000, age_max), 16u);
    EXPECT_TRUE(a.wants_batch());
}

TEST(Association, ASavepointForTheSakeOfOneKeyDoesNotPay) {
    association a = made();
    a.record_loop(1, 1, 1);
    a.record_loop(2, 2, 1);
    EXPECT_EQ(a.current_score().sitting_out, 8u);
    a.record_loop(20, 20, 1);
    EXPECT_EQ(a.current_score().trust, 1u);
}

TEST(Association, HalfOfASmallBatchIsTooLittle) {
    association a = made();
    a.record_loop(2, 1);
    a.record_loop(3, 2);
    EXPECT_EQ(a.current_score().sitting_out, 8u);
}

TEST(Association, LoopsThatBreakAreSatOutForLongerAndLonger) {
    association a = made();
    a.record_loop(16, 1);
    EXPECT_TRUE(a.wants_batch());
    EXPECT_EQ(a.first_chunk(1000, age_max), 4u);
    a.record_loop(4, 1);
    EXPECT_EQ(a.current_score().sitting_out, 8u);
    EXPECT_EQ(loops_until_wanted(a), 8u);
    EXPECT_TRUE(a.wants_batch());
    for (const unsigned expected : {16u, 32u, 64u, 128u, 256u, 512u, 1024u, 2048u, 4096u, 4096u}) {
        a.record_loop(4, 1);
        EXPECT_EQ(loops_until_wanted(a), expected);
    }
}

TEST(Association, OneGoodLoopMakesUpForAllBadOnes) {
    association a = made();
    for (int i = 0; i < 5; ++i)
        a.record_loop(4, 0);
    EXPECT_GT(loops_until_wanted(a), 8u);
    a.record_loop(4, 4);
    a.record_loop(4, 0);
    EXPECT_TRUE(a.wants_batch());
}

TEST(Association, LoopsThatWouldHavePaidEndTheSittingOut) {
    association a = made();
    for (int i = 0; i < 4; ++i)
        a.record_loop(4, 0);
    EXPECT_EQ(a.current_score().sitting_out, 32u);
    for (int i = 0; i < 3; ++i)
        a.record_missed();
    a.record_well_left();
    for (int i = 0; i < 3; ++i)
        a.record_missed();
    EXPECT_FALSE(a.wants_batch());
    a.record_missed();
    EXPECT_TRUE(a.wants_batch());
    // In vain: the next try is as far away as if it had been the turn of this one.
    a.record_loop(4, 0);
    EXPECT_EQ(a.current_score().sitting_out, 64u);
}

TEST(Association, NoRecordIsSoBadThatItTakesMoreThanEight) {
    association a = made();
    for (int i = 0; i < 30; ++i)
        a.record_loop(4, 0);
    for (int i = 0; i < 8; ++i)
        a.record_missed();
    EXPECT_TRUE(a.wants_batch());
}

TEST(Association, AFailureCountsAsABadLoop) {
    association a = made();
    a.record_loop(10, 10);
    a.record_failure();
    EXPECT_EQ(a.current_score().failures, 1u);
    EXPECT_EQ(a.current_score().trust, 0u);
    EXPECT_TRUE(a.wants_batch());
    a.record_failure();
    EXPECT_FALSE(a.wants_batch());
}

TEST(Association, ALoopForWhichNothingWasFetchedSaysNothing) {
    association a = made();
    for (int i = 0; i < 10; ++i)
        a.record_loop(0, 0);
    EXPECT_EQ(a.current_score().loops, 0u);
    EXPECT_TRUE(a.wants_batch());
}

TEST(Association, SlowLoopsFetchNoMoreThanTheyCanUseInTime) {
    association a = made();
    a.record_loop(10, 10);
    a.record_pace(5ms);
    EXPECT_EQ(a.first_chunk(1000, age_max), 10u);
    EXPECT_EQ(a.next_chunk(64, 1000, age_max), 10u);
    EXPECT_EQ(a.first_chunk(3, age_max), 3u);
    // Slower than answers may be old: one at a time.
    for (int i = 0; i < 100; ++i)
        a.record_pace(1s);
    EXPECT_EQ(a.first_chunk(1000, age_max), 1u);
    for (int i = 0; i < 200; ++i)
        a.record_pace(1us);
    EXPECT_EQ(a.first_chunk(1000, age_max), 1000u);
}

TEST(AssociationTable, LearnsEachOnce) {
    association_table table;
    const auto parent = statement("SELECT id FROM organization");
    const auto child = statement("SELECT name FROM employee WHERE organization_id = 1");
    const auto a = table.learn("shop", parent, child, feed_of(0), {"id"});
    EXPECT_EQ(table.learn("shop", parent, child, feed_of(0), {"id"}), a);
    EXPECT_NE(table.learn("shop", parent, child, feed_of(1), {"other"}), a);
    EXPECT_NE(table.learn("store", parent, child, feed_of(0), {"id"}), a);
    EXPECT_EQ(table.of_child("shop", *child).size(), 2u);
    EXPECT_EQ(table.of_child("store", *child).size(), 1u);
    EXPECT_TRUE(table.of_child("shop", *parent).empty());
    EXPECT_TRUE(table.of_child("none", *child).empty());
    EXPECT_EQ(table.all().size(), 3u);
}

TEST(AssociationTable, TheOldestOfAChildMakesRoom) {
    association_table table;
    const auto parent = statement("SELECT id FROM organization");
    const auto child = statement("SELECT name FROM employee WHERE organization_id = 1");
    const auto first = table.learn("shop", parent, child, feed_of(0), {});
    for (std::uint16_t column = 1; column <= association_table::per_child_max; ++column)
        (void)table.learn("shop", parent, child, feed_of(column), {});
    const auto known = table.of_child("shop", *child);
    ASSERT_EQ(known.size(), association_table::per_child_max);
    EXPECT_EQ(known.front()->feed(), feed_of(1));
    EXPECT_EQ(known.back()->feed(), feed_of(association_table::per_child_max));
}

}  // namespace
}  // namespace pgfold::fold
