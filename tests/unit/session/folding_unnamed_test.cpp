// The unnamed statement, which the server has not heard of where a lookup was answered here.

#include <gtest/gtest.h>

#include "unit/session/folding_loops.hpp"

namespace pgfold::test {
namespace {

class FoldingUnnamed : public Folding {};

TEST_F(FoldingUnnamed, TheUnnamedStatementLivesOn) {  // lib/pq: its Parse has a Sync of its own
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= 20; ++key) {
        c.exchange(prepare(""));
        c.exchange(unnamed_kept(key));
    }
    c.exchange(prepare(""));
    for (int key = 1; key <= 20; ++key)
        c.exchange(unnamed_kept(key));
}

TEST_F(FoldingUnnamed, AStatementThatTheServerLacksIsSentToIt) {
    begin(unnamed);
    loop(unnamed, 3, 5);  // of which the server sees nothing
    EXPECT_EQ(c.take_answered_here(), 3u);
    c.exchange(frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync());
    // Another text under that name, answered by the server; then the first again.
    c.exchange(frontend::parse("", "SELECT id FROM parent WHERE 1 = $1", {23}) +
               frontend::bind("", "", {"1"}, {0}, {0}) + frontend::execute() + frontend::sync());
    c.exchange(unnamed(6));
    c.exchange(frontend::bind("", "", {"1001"}, {0}, {0}) + frontend::execute() + frontend::sync());
    c.exchange(frontend::describe_statement("") + frontend::sync());
    c.exchange(unnamed(7));
    c.exchange(frontend::describe_statement("") + frontend::flush());
    c.exchange(frontend::sync());
}

TEST_F(FoldingUnnamed, AQueryTakesTheUnnamedStatementAwayAtTheServerToo) {
    begin(unnamed);
    c.exchange(unnamed(3));
    c.exchange(frontend::query("SELECT id FROM parent"));
    c.exchange(unnamed(4));
    c.exchange(frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync());
    c.exchange(unnamed(5));
    // Nor has the client one any more.
    c.exchange(simple(6));
    c.exchange(frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync());
}

TEST_F(FoldingUnnamed, AParseThatFailsTakesTheUnnamedStatementAway) {
    begin(unnamed);
    c.exchange(unnamed(3));
    c.exchange(frontend::parse("s", child) + frontend::sync());
    // The second is skipped: the server still has what it had.
    c.exchange(frontend::parse("s", child) +
               frontend::parse("", "SELECT id FROM parent WHERE 1 = $1", {23}) + frontend::sync());
    c.exchange(unnamed(4));
    c.exchange(frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync());
}

// What the server has not is sent to it before the message that needs it, not within.
TEST_F(FoldingUnnamed, ABindInPiecesOfAStatementThatTheServerLacks) {
    begin(unnamed);
    const bytes again =
        frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync();
    for (const std::size_t piece : {1, 3, 7, 20}) {
        c.exchange(frontend::parse("", "SELECT id FROM parent WHERE 1 = $1", {23}) +
                   frontend::bind("", "", {"1"}, {0}, {0}) + frontend::execute() +
                   frontend::sync());
        loop(unnamed, 3, 4);
        c.cut_client_into(piece);
        c.exchange(again);
        c.cut_client_into(0);
    }
    EXPECT_GE(c.take_answered_here(), 8u);
}

TEST_F(FoldingUnnamed, AStatementPreparedBehindADeallocateAllStays) {
    begin(unnamed);
    c.exchange(frontend::query("DEALLOCATE ALL") + unnamed(5));
    c.exchange(frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync());
    c.exchange(frontend::query("DEALLOCATE ALL") + prepare());
    c.exchange(named(6));
}

}  // namespace
}  // namespace pgfold::test
