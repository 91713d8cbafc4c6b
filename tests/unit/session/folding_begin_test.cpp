// Lookups with a BEGIN in front of them, in one go.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/folding_loops.hpp"

namespace pgfold::test {
namespace {

using testing::ElementsAre;

class FoldingBeginEachDriver : public EachDriver {};
INSTANTIATE_TEST_SUITE_P(Folding, FoldingBeginEachDriver, testing::ValuesIn(drivers), driver_name);

class FoldingBegin : public Folding {};

// pgjdbc without autocommit: BEGIN, and later the fifth one's name for it, under the first lookup's
// Sync.
const bytes begin_unnamed =
    frontend::parse("", "BEGIN") + frontend::bind("", "") + frontend::execute("", 0);
const bytes begin_named = frontend::bind("", "begin") + frontend::execute("", 1);

TEST_F(FoldingBegin, BeginPipelinedWithTheFirstLookup) {  // pgjdbc
    const bytes begin_message =
        frontend::parse("", "BEGIN") + frontend::bind("", "") + frontend::execute("", 0);
    c.exchange(prepare());
    c.exchange(frontend::query(parents));
    loop(named_without_describe, 1, 5);
    c.exchange(begin_message + named_without_describe(6));
    loop(named_without_describe, 7, 12);
    c.exchange(frontend::query("COMMIT"));
    // And as two queries.
    for (int key = 13; key <= 20; ++key) {
        c.exchange(frontend::query("BEGIN") + named_without_describe(key));
        c.exchange(frontend::query("COMMIT") + named_without_describe(key));
    }
    EXPECT_GE(c.take_answered_here(), 8u);
}

TEST_P(FoldingBeginEachDriver, ATransactionPerRowWithBeginInFrontOfTheLookup) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::parse("begin", "BEGIN") + frontend::sync());
    c.exchange(frontend::query(parents));
    (void)c.take_round_trips();
    for (int key = 1; key <= shop_server::parents; ++key) {
        c.exchange((key % 2 != 0 ? begin_unnamed : begin_named) + GetParam().lookup(key));
        c.exchange(frontend::query("COMMIT"));
    }
    // Two for each transaction, as without pgfold, and batches of which nobody waits for any. The
    // first one is lost: nobody knew yet that READ COMMITTED is in force.
    EXPECT_LE(c.take_round_trips(), 2u * shop_server::parents + 4);
    EXPECT_GE(shared.counters.folded_lookups.value(), GetParam().lookup == simple ? 0u : 34u);
}

TEST_P(FoldingBeginEachDriver, ABeginInFrontOfTheLookupInPieces) {
    for (const std::size_t piece : {1, 7, 64}) {
        folding_conversation cut(shared);
        cut.cut_client_into(piece);
        if (GetParam().prepares) cut.exchange(prepare());
        cut.exchange(frontend::query(parents));
        for (int key = 1; key <= 12; ++key) {
            cut.exchange(begin_unnamed + GetParam().lookup(key));
            cut.exchange(frontend::query("COMMIT"));
        }
    }
    for (const std::size_t piece : {1, 7, 64}) {
        folding_conversation cut(shared);
        cut.cut_server_into(piece);
        if (GetParam().prepares) cut.exchange(prepare());
        cut.exchange(frontend::query(parents));
        for (int key = 1; key <= 12; ++key) {
            cut.exchange(begin_unnamed + GetParam().lookup(key));
            cut.exchange(frontend::query("COMMIT"));
        }
    }
}

TEST_P(FoldingBeginEachDriver, ABeginThatFailsTakesItsLookupWithIt) {
    if (GetParam().lookup == simple) return;  // under no Sync with anything else
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= 12; ++key) {
        const bool fails = key % 3 == 0;
        c.change_servers([&](shop_server& s) { s.begin_fails = fails; });
        // What is behind it in the same read goes on.
        c.exchange(begin_unnamed + GetParam().lookup(key) + frontend::query("ROLLBACK") +
                   GetParam().lookup(key + 1));
    }
}

TEST_F(FoldingBegin, TheUnnamedStatementBehindABeginOfItsOwnRead) {
    c.exchange(frontend::query(parents));
    const bytes again =
        frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync();
    for (int key = 1; key <= 12; ++key) {
        c.exchange(begin_unnamed + unnamed(key));
        if (key % 2 == 0) c.exchange(again);  // which the server may not have heard of
        if (key % 3 == 0) c.exchange(begin_named + again);
        c.exchange(frontend::query("COMMIT"));
        if (key % 4 == 0) c.exchange(begin_unnamed + again);
    }
}

TEST_F(FoldingBegin, ASerializableTransactionIsLeftAloneFromItsBeginOn) {
    c.exchange(frontend::query(parents));
    loop(unnamed, 1, 4);
    c.server().keys_asked.clear();
    for (int key = 20; key <= 24; ++key) {
        c.exchange(frontend::parse("", "BEGIN ISOLATION LEVEL SERIALIZABLE") +
                   frontend::bind("", "") + frontend::execute() + unnamed(key));
        c.exchange(frontend::query("COMMIT"));
    }
    EXPECT_THAT(c.server().keys_asked, ElementsAre(20, 21, 22, 23, 24));
}

TEST_F(FoldingBegin, TheStatusBehindABeginThatWasFlushed) {
    begin(unnamed);
    c.exchange(begin_unnamed + frontend::flush());
    c.exchange(unnamed(3));
    c.exchange(frontend::query("COMMIT"));
}

}  // namespace
}  // namespace pgfold::test
