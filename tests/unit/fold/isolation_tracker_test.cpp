// Which isolation level a session's transaction has, by what it says and by what it is told.

#include "proxy/fold/isolation_tracker.hpp"

#include <gtest/gtest.h>

#include "unit/fold/analyzed_lookup.hpp"

namespace pgfold::fold {
namespace {

void run(isolation_tracker& tracker, const std::string& text) {
    tracker.on_statement(*test::analyzed_lookup(text).statement());
}

isolation_tracker told(std::string_view current, std::string_view by_default) {
    isolation_tracker tracker;
    tracker.learn(tracker.ask(), current, by_default);
    return tracker;
}

TEST(IsolationTracker, KnowsNothingAtFirst) {
    isolation_tracker tracker;
    EXPECT_FALSE(tracker.is_known());
    EXPECT_FALSE(tracker.is_read_committed());
    EXPECT_FALSE(tracker.is_serializable());
    run(tracker, "BEGIN");
    tracker.on_status('T');
    EXPECT_FALSE(tracker.is_known());
    EXPECT_FALSE(tracker.is_read_committed());
}

TEST(IsolationTracker, IsTold) {
    EXPECT_TRUE(told("read committed", "read committed").is_read_committed());
    EXPECT_TRUE(told("read uncommitted", "read committed").is_read_committed());
    EXPECT_FALSE(told("repeatable read", "read committed").is_read_committed());
    EXPECT_FALSE(told("repeatable read", "read committed").is_serializable());
    EXPECT_TRUE(told("serializable", "read committed").is_serializable());
    EXPECT_FALSE(told("serializable", "read committed").is_read_committed());
    EXPECT_TRUE(told("read committed", "serializable").is_read_committed());
    EXPECT_TRUE(told("read committed", "serializable").is_known());
}

TEST(IsolationTracker, ATransactionHasTheDefaultUnlessItNamesAnother) {
    struct {
        const char* begin;
        bool read_committed, serializable;
    } const cases[] = {
        {"BEGIN", true, false},
        {"START TRANSACTION READ ONLY", true, false},
        {"BEGIN ISOLATION LEVEL READ COMMITTED", true, false},
        {"begin isolation level read uncommitted, read write", true, false},
        {"BEGIN ISOLATION LEVEL REPEATABLE READ", false, false},
        {"START TRANSACTION READ WRITE, ISOLATION LEVEL Serializable", false, true},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.begin);
        auto tracker = told("read committed", "read committed");
        run(tracker, one.begin);
        tracker.on_status('T');
        EXPECT_EQ(tracker.is_read_committed(), one.read_committed);
        EXPECT_EQ(tracker.is_serializable(), one.serializable);
        EXPECT_TRUE(tracker.is_known());
        run(tracker, "COMMIT");
        tracker.on_status('I');
        EXPECT_TRUE(tracker.is_read_committed());
        EXPECT_FALSE(tracker.is_serializable());
    }
}

TEST(IsolationTracker, AnotherDefault) {
    auto tracker = told("repeatable read", "repeatable read");
    run(tracker, "BEGIN");
    tracker.on_status('T');
    EXPECT_FALSE(tracker.is_read_committed());
    tracker.on_status('I');
    run(tracker, "BEGIN ISOLATION LEVEL READ COMMITTED");
    tracker.on_status('T');
    EXPECT_TRUE(tracker.is_read_committed());
    tracker.on_status('I');
    EXPECT_FALSE(tracker.is_read_committed());
}

TEST(IsolationTracker, AChainedTransactionKeepsItsLevel) {
    auto tracker = told("read committed", "read committed");
    run(tracker, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    tracker.on_status('T');
    run(tracker, "COMMIT AND CHAIN");  // and no change of status
    EXPECT_FALSE(tracker.is_read_committed());
    EXPECT_TRUE(tracker.is_known());
    run(tracker, "ROLLBACK");
    tracker.on_status('I');
    EXPECT_TRUE(tracker.is_read_committed());
}

TEST(IsolationTracker, AFailedTransactionIsStillTheSame) {
    auto tracker = told("read committed", "read committed");
    run(tracker, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    tracker.on_status('T');
    tracker.on_status('E');
    EXPECT_FALSE(tracker.is_read_committed());
    tracker.on_status('T');  // ROLLBACK TO
    EXPECT_FALSE(tracker.is_read_committed());
}

// SET TRANSACTION, SET SESSION CHARACTERISTICS, set_config and what might be one of them.
TEST(IsolationTracker, ForgetsWhatMayHaveBeenSet) {
    auto tracker = told("read committed", "read committed");
    run(tracker, "BEGIN");
    tracker.on_status('T');
    tracker.forget();
    EXPECT_FALSE(tracker.is_known());
    EXPECT_FALSE(tracker.is_read_committed());
    tracker.on_status('I');
    EXPECT_FALSE(tracker.is_known());
    EXPECT_FALSE(tracker.is_read_committed());
    tracker.learn(tracker.ask(), "read committed", "read committed");
    EXPECT_TRUE(tracker.is_read_committed());
}

TEST(IsolationTracker, AnAnswerThatIsOvertakenIsNotBelieved) {
    isolation_tracker tracker;
    const auto asked = tracker.ask();
    tracker.forget();
    tracker.learn(asked, "read committed", "read committed");
    EXPECT_FALSE(tracker.is_known());

    const auto before = tracker.ask();
    run(tracker, "BEGIN ISOLATION LEVEL SERIALIZABLE");
    tracker.on_status('T');
    tracker.learn(before, "read committed", "read committed");
    EXPECT_TRUE(tracker.is_serializable());
    tracker.on_status('I');
    EXPECT_TRUE(tracker.is_read_committed());
}

// In one pipeline, or inside a transaction that has only begun: the status says T before and after.
TEST(IsolationTracker, ABeginThatChangesNoStatusIsNotTakenForNothing) {
    auto tracker = told("read committed", "read committed");
    run(tracker, "BEGIN");
    tracker.on_status('T');
    ASSERT_TRUE(tracker.is_read_committed());
    const auto asked = tracker.ask();
    run(tracker, "COMMIT");
    run(tracker, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    EXPECT_FALSE(tracker.is_read_committed());
    EXPECT_FALSE(tracker.is_known());
    tracker.learn(asked, "read committed", "read committed");
    EXPECT_FALSE(tracker.is_read_committed());
    tracker.learn(tracker.ask(), "repeatable read", "read committed");
    EXPECT_TRUE(tracker.is_known());
    EXPECT_FALSE(tracker.is_read_committed());
}

TEST(IsolationTracker, OfTwoBeginsNobodyKnowsWhichCounts) {
    auto tracker = told("read committed", "read committed");
    run(tracker, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    run(tracker, "BEGIN");
    tracker.on_status('T');
    EXPECT_FALSE(tracker.is_read_committed());
    tracker.on_status('I');
    run(tracker, "BEGIN");
    tracker.on_status('T');
    EXPECT_TRUE(tracker.is_read_committed());
}

}  // namespace
}  // namespace pgfold::fold
