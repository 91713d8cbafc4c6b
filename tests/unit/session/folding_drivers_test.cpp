// Loops of each driver's kind: the client's bytes are the server's own, in a few round trips.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/folding_loops.hpp"

namespace pgfold::test {
namespace {

using testing::ElementsAre;

class FoldingEachDriver : public EachDriver {};
INSTANTIATE_TEST_SUITE_P(Folding, FoldingEachDriver, testing::ValuesIn(drivers), driver_name);

TEST_P(FoldingEachDriver, GetsTheServersOwnBytesInAFewRoundTrips) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    (void)c.take_round_trips();
    loop(GetParam().lookup, 1, shop_server::parents);
    EXPECT_GE(c.take_answered_here(), 36u);
    EXPECT_LE(c.take_round_trips(), 5u);
    // Once it is known, the first lookup brings the rest.
    c.exchange(frontend::query(parents));
    (void)c.take_round_trips();
    loop(GetParam().lookup, 1, shop_server::parents);
    EXPECT_EQ(c.take_answered_here(), shop_server::parents - 1u);
    EXPECT_LE(c.take_round_trips(), 2u);
}

TEST_P(FoldingEachDriver, InsideATransaction) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query("BEGIN"));
    c.exchange(frontend::query(parents));
    loop(GetParam().lookup, 1, shop_server::parents);
    EXPECT_GE(c.take_answered_here(), 36u);
    c.exchange(frontend::query("COMMIT"));
}

TEST_P(FoldingEachDriver, ATransactionPerRow) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= shop_server::parents; ++key) {
        c.exchange(frontend::query("BEGIN"));
        c.exchange(GetParam().lookup(key));
        c.exchange(frontend::query("COMMIT"));
    }
    EXPECT_GE(c.take_answered_here(), 34u);
}

TEST_P(FoldingEachDriver, Backward) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    for (int key = shop_server::parents; key > 0; --key)
        c.exchange(GetParam().lookup(key));
    EXPECT_GE(c.take_answered_here(), 36u);
}

TEST_P(FoldingEachDriver, TheClientsBytesInPieces) {
    for (const std::size_t piece : {1u, 3u, 17u}) {
        SCOPED_TRACE(piece);
        c.cut_client_into(0);
        if (GetParam().prepares) c.exchange(frontend::close_statement("s") + prepare());
        c.exchange(frontend::query(parents));
        loop(GetParam().lookup, 1, 4);
        c.cut_client_into(piece);
        loop(GetParam().lookup, 5, 12);
        c.exchange(frontend::query(parents));
        loop(GetParam().lookup, 1, 8);
    }
}

TEST_P(FoldingEachDriver, TheServersBytesInPieces) {
    for (const std::size_t piece : {1u, 2u, 3u, 5u, 7u, 64u}) {
        SCOPED_TRACE(piece);
        c.cut_server_into(0);
        if (GetParam().prepares) c.exchange(frontend::close_statement("s") + prepare());
        c.cut_server_into(piece);
        c.exchange(frontend::query(parents));
        loop(GetParam().lookup, 1, shop_server::parents);
    }
    EXPECT_GE(c.take_answered_here(), 6u * 36u);
}

TEST_P(FoldingEachDriver, SeveralLookupsInOneRead) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    const auto lookup = GetParam().lookup;
    c.exchange(lookup(1) + lookup(2) + lookup(3));
    for (int key = 4; key + 2 <= shop_server::parents; key += 3)
        c.exchange(lookup(key) + lookup(key + 1) + lookup(key + 2));
    EXPECT_GE(c.take_answered_here(), 9u);
    // Cut in the middle of the second.
    c.exchange(frontend::query(parents));
    for (int key = 1; key + 1 <= shop_server::parents; key += 2) {
        const bytes two = lookup(key) + lookup(key + 1);
        c.cut_client_into(two.size() / 2 + 4);
        c.exchange(two);
    }
}

TEST_F(Folding, FormatsThatChangeOnTheWay) {  // pgjdbc at its sixth execution
    c.exchange(prepare());
    begin(named_without_describe);
    c.exchange(named_without_describe(3));
    loop(format_per_column, 4, 9);
    loop(named, 10, 14);
    loop(named_without_describe, 15, 20);
    EXPECT_GE(c.take_answered_here(), 6u);
}

TEST_F(Folding, ProtocolsThatChangeOnTheWay) {  // psycopg 3 after five
    c.exchange(frontend::query(parents));
    loop(unnamed_typed, 1, 5);
    c.exchange(frontend::parse("s", child, {23}) + frontend::sync());
    loop(named, 6, 20);
    loop(simple, 21, 30);
    EXPECT_GE(c.take_answered_here(), 3u + 12u + 5u);
}

TEST_F(Folding, FlushAsksForTheAnswerAtOnce) {
    begin(unnamed);
    for (int key = 3; key <= 9; ++key) {
        c.exchange(frontend::parse("", child) +
                   frontend::bind("", "", {std::to_string(key)}, {0}, {0}) +
                   frontend::describe_portal("") + frontend::execute() + frontend::flush());
        c.exchange(frontend::sync());
        c.exchange(unnamed(key + 10));
    }
}

TEST_F(Folding, ARowLimitIsLeftToTheServer) {
    begin(named_without_describe);
    c.exchange(prepare());
    const bytes limited =
        frontend::bind("", "s", {int4(3)}, {1}, {1}) + frontend::execute("", 1) + frontend::sync();
    c.exchange(limited);
    EXPECT_EQ(c.take_answered_here(), 0u);
}

TEST_F(Folding, TwoLookupsUnderOneSyncAreLeftToTheServer) {
    c.exchange(prepare());
    begin(named_without_describe);
    const auto part = [](int key) {
        return frontend::bind("", "s", {int4(key)}, {1}, {1}) + frontend::execute();
    };
    c.exchange(part(3) + part(4) + frontend::sync());
    c.exchange(part(5) + part(1000) + frontend::sync());
    EXPECT_EQ(c.take_answered_here(), 0u);
    loop(named_without_describe, 6, 10);
}

TEST_F(Folding, NothingIsFetchedForALoopThatIsNone) {
    c.exchange(frontend::query(parents));
    for (const int key : {100, 200, 300, 400, 500, 600})
        c.exchange(simple(key));
    EXPECT_EQ(c.take_answered_here(), 0u);
    EXPECT_THAT(c.server().keys_asked, ElementsAre(100, 200, 300, 400, 500, 600));
}

}  // namespace
}  // namespace pgfold::test
