// What a replication stream lets readers be answered.
#include <gtest/gtest.h>

#include <chrono>

#include "proxy/freshness/replication/unseen_commits.hpp"
#include "unit/freshness/session_fixture.hpp"

namespace pgfold::freshness {
namespace {

using namespace std::chrono_literals;

constexpr catalog::oid a = 1, b = 2, c = 3;

steady_time now{};

class outside_writers_test : public testing::Test {
protected:
    outside_writers_test() {
        now = steady_time{} + 1h;
        EXPECT_TRUE(database->catalog().publish(three_tables(), database->catalog().generation()));
    }

    stamp remember(std::initializer_list<catalog::oid> tables) {
        auto set = std::make_shared<read_set>();
        set->database = database;
        set->catalog_generation = database->catalog().generation();
        for (const catalog::oid id : tables)
            set->tables.push_back(&database->table(id));
        return database_versions::capture(set);
    }
    static bool holds(const stamp& s) { return database_versions::is_valid(s); }
    void open(table_set covered) {
        outside.open(std::move(covered));
        outside.note_known(now, 1s);
    }

    int wanted = 0;
    std::shared_ptr<catalog::catalog_directory> directory =
        std::make_shared<catalog::catalog_directory>();
    table_versions versions{
        directory, {}, {}, {[] { return now; }, [this](const auto&) { ++wanted; }}};
    std::shared_ptr<database_versions> database = versions.database("d");
    outside_writers& outside = *database->outside();
};

TEST_F(outside_writers_test, without_a_stream_there_is_none) {
    table_versions plain(directory);
    EXPECT_EQ(plain.database("d")->outside(), nullptr);
    EXPECT_FALSE(plain.follows_streams());
    EXPECT_TRUE(versions.follows_streams());
}

TEST_F(outside_writers_test, nothing_holds_before_the_stream_is_open_and_known) {
    EXPECT_FALSE(holds(remember({a})));
    outside.open({a});
    const stamp kept = remember({a});
    EXPECT_FALSE(holds(kept));
    outside.note_known(now, 1s);
    EXPECT_TRUE(holds(kept));
}

TEST_F(outside_writers_test, what_was_kept_before_it_opened_is_gone) {
    outside.give_up("no");
    const stamp kept = remember({a});
    EXPECT_TRUE(holds(kept));
    open({a});
    EXPECT_FALSE(holds(kept));
    const stamp next = remember({a});
    outside.close("broken");
    EXPECT_FALSE(holds(next));
    open({a});
    EXPECT_FALSE(holds(next));
    EXPECT_TRUE(holds(remember({a})));
}

TEST_F(outside_writers_test, a_commit_ends_what_rests_on_its_tables) {
    open({a, b});
    const stamp of_a = remember({a}), of_b = remember({b});
    outside.note_commit({a}, false);
    EXPECT_FALSE(holds(of_a));
    EXPECT_TRUE(holds(of_b));
    EXPECT_TRUE(holds(remember({a})));
    outside.note_commit({}, true);
    EXPECT_FALSE(holds(of_b));
}

// A server process that has written its commit to the log may wait for a standby before others see
// it.
TEST_F(outside_writers_test, what_is_fetched_before_a_commit_is_seen_does_not_outlive_that) {
    open({a, b});
    unseen_commits unseen(*database);
    const stamp before = remember({a});
    unseen.add({a}, false, 701);
    unseen.add({a}, false, 702);
    EXPECT_EQ(unseen.numbers(), (std::vector<std::uint32_t>{701, 702}));
    EXPECT_FALSE(holds(before));
    const stamp between = remember({a}), other = remember({b});
    EXPECT_TRUE(holds(between)) << "the server itself would answer so";
    unseen.remove(std::vector<std::uint32_t>{702});
    EXPECT_FALSE(holds(between));
    const stamp later = remember({a});
    unseen.remove(std::vector<std::uint32_t>{701});
    EXPECT_FALSE(holds(later));
    EXPECT_TRUE(unseen.empty());
    EXPECT_TRUE(holds(other));
    unseen.add({}, true, 703);
    EXPECT_FALSE(holds(other));
}

TEST_F(outside_writers_test, nothing_holds_longer_than_max_lag_after_it_was_known) {
    open({a});
    const stamp kept = remember({a});
    now += 1s;
    EXPECT_TRUE(holds(kept));
    now += 1ns;
    EXPECT_FALSE(holds(kept));
    outside.note_known(now - 500ms, 1s);
    EXPECT_TRUE(holds(kept)) << "nothing was written meanwhile";
    outside.note_known(now - 2s, 1s);
    EXPECT_TRUE(holds(kept)) << "never back";
}

TEST_F(outside_writers_test, a_table_that_is_not_covered_never_holds) {
    (void)remember({b});
    open({a});
    EXPECT_TRUE(holds(remember({a})));
    EXPECT_FALSE(holds(remember({b})));
    EXPECT_FALSE(holds(remember({a, c}))) << "one seen for the first time";
    EXPECT_TRUE(outside.covers(a));
    EXPECT_FALSE(outside.covers(c));
}

TEST_F(outside_writers_test, coverage_comes_and_goes) {
    open({a});
    const stamp of_a = remember({a});
    outside.cover({b, c});
    EXPECT_FALSE(holds(of_a));
    EXPECT_FALSE(holds(remember({a})));
    const stamp of_b = remember({b, c});
    EXPECT_TRUE(holds(of_b));
    outside.cover({a, b, c});
    EXPECT_FALSE(holds(of_a)) << "what was written while it was not covered, nobody has told";
    EXPECT_TRUE(holds(of_b));
    EXPECT_TRUE(holds(remember({a, b, c})));
}

TEST_F(outside_writers_test, given_up_is_as_without) {
    open({a});
    outside.close("broken");
    outside.give_up("wal_level is replica");
    const stamp kept = remember({a, c});
    now += 24h;
    EXPECT_TRUE(holds(kept));
    EXPECT_EQ(outside.current().state, stream_state::given_up);
    EXPECT_EQ(outside.current().reason, "wal_level is replica");
    outside.give_up("again");
    EXPECT_TRUE(holds(kept));
}

TEST_F(outside_writers_test, own_writers_are_in_flight_as_ever) {
    open({a});
    const stamp kept = remember({a});
    database->table(a).begin_write();
    EXPECT_FALSE(holds(kept));
    database->table(a).end_write();
    EXPECT_FALSE(holds(kept));
    EXPECT_TRUE(holds(remember({a})));
}

TEST_F(outside_writers_test, nothing_holds_while_a_session_reads_a_standby) {
    open({a});
    const stamp kept = remember({a});
    {
        const standby_session standby(database);
        EXPECT_FALSE(holds(kept));
    }
    EXPECT_TRUE(holds(kept));
}

TEST_F(outside_writers_test, the_first_reader_is_told_of_and_then_the_first_after_that) {
    EXPECT_FALSE(outside.take_wanted());
    (void)remember({a});
    (void)remember({a});
    EXPECT_EQ(wanted, 1);
    EXPECT_TRUE(outside.take_wanted());
    EXPECT_FALSE(outside.take_wanted());
    (void)remember({a});
    EXPECT_EQ(wanted, 2);
}

}  // namespace
}  // namespace pgfold::freshness
