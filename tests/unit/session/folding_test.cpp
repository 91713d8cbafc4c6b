// Loops through a session that folds them. The client's bytes must be those that the server itself
// would have sent.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/folding_conversation.hpp"

namespace pgfold::test {
namespace {

using namespace std::string_literals;
using testing::Each;
using testing::ElementsAre;
using testing::Not;

const std::string parents = "SELECT id FROM parent";
const std::string child = "SELECT name, n FROM child WHERE parent_id = $1";

std::string child_of(int key) {
    return "SELECT name, n FROM child WHERE parent_id = " + std::to_string(key);
}

std::string int4(int value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
            static_cast<char>(value >> 8), static_cast<char>(value)};
}

// What a driver sends for one lookup.
using cycle = bytes (*)(int key);

bytes simple(int key) {
    return frontend::query(child_of(key));
}
bytes unnamed(int key) {  // node-postgres
    return frontend::parse("", child) + frontend::bind("", "", {std::to_string(key)}, {0}, {0}) +
           frontend::describe_portal("") + frontend::execute() + frontend::sync();
}
bytes unnamed_typed(int key) {  // psycopg 3, before it prepares
    return frontend::parse("", child, {23}) + frontend::bind("", "", {int4(key)}, {1}, {0}) +
           frontend::describe_portal("") + frontend::execute() + frontend::sync();
}
bytes named(int key) {  // psycopg 3, ruby-pg, ActiveRecord
    return frontend::bind("", "s", {int4(key)}, {1}, {0}) + frontend::describe_portal("") +
           frontend::execute() + frontend::sync();
}
bytes named_without_describe(int key) {  // asyncpg
    return frontend::bind("", "s", {int4(key)}, {1}, {1}) + frontend::execute() + frontend::sync();
}
bytes format_per_column(int key) {  // pgjdbc from the sixth on, pgx
    return frontend::bind("", "s", {int4(key)}, {1}, {0, 1}) + frontend::execute() +
           frontend::sync();
}
bytes portal_closed(int key) {  // sqlx
    return frontend::bind("", "s", {int4(key)}, {1}, {1}) + frontend::execute() +
           frontend::close_portal("") + frontend::sync();
}
bytes unnamed_literal(int key) {  // ActiveRecord without prepared statements
    return frontend::parse("", child_of(key)) + frontend::bind("", "", {}, {}, {0}) +
           frontend::describe_portal("") + frontend::execute() + frontend::sync();
}
bytes unnamed_kept(int key) {  // lib/pq, behind its Parse
    return frontend::bind("", "", {std::to_string(key)}, {}, {0, 1}) + frontend::execute() +
           frontend::sync();
}

bytes prepare(const std::string& name = "s") {
    return frontend::parse(name, child, {23}) + frontend::describe_statement(name) +
           frontend::sync();
}

class Folding : public testing::Test {
protected:
    void loop(cycle lookup, int first, int last) {
        for (int key = first; key <= last && !HasFatalFailure(); ++key)
            c.exchange(lookup(key));
    }
    // A parent, the first two lookups and what they fetch.
    void begin(cycle lookup = simple) {
        c.exchange(frontend::query(parents));
        loop(lookup, 1, 2);
        EXPECT_EQ(c.take_answered_here(), 0u);
        (void)c.take_round_trips();
        c.server().keys_asked.clear();
    }
    void write_elsewhere() {
        folding_conversation other(shared);
        other.exchange(frontend::query("UPDATE child SET n = 1 WHERE parent_id = 9"));
        c.change_servers([](shop_server& s) { s.write(); });
    }

    folding_surroundings shared;
    folding_conversation c{shared};
};

struct driver {
    const char* name;
    cycle lookup;
    bool prepares;
};
const driver drivers[] = {
    {"simple", simple, false},
    {"unnamed", unnamed, false},
    {"unnamed_typed", unnamed_typed, false},
    {"unnamed_literal", unnamed_literal, false},
    {"named", named, true},
    {"named_without_describe", named_without_describe, true},
    {"format_per_column", format_per_column, true},
    {"portal_closed", portal_closed, true},
};

class EachDriver : public Folding, public testing::WithParamInterface<driver> {};
INSTANTIATE_TEST_SUITE_P(Folding, EachDriver, testing::ValuesIn(drivers),
                         [](const auto& one) { return one.param.name; });

TEST_P(EachDriver, GetsTheServersOwnBytesInAFewRoundTrips) {
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

TEST_P(EachDriver, InsideATransaction) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query("BEGIN"));
    c.exchange(frontend::query(parents));
    loop(GetParam().lookup, 1, shop_server::parents);
    EXPECT_GE(c.take_answered_here(), 36u);
    c.exchange(frontend::query("COMMIT"));
}

TEST_P(EachDriver, ATransactionPerRow) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= shop_server::parents; ++key) {
        c.exchange(frontend::query("BEGIN"));
        c.exchange(GetParam().lookup(key));
        c.exchange(frontend::query("COMMIT"));
    }
    EXPECT_GE(c.take_answered_here(), 34u);
}

TEST_P(EachDriver, Backward) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    for (int key = shop_server::parents; key > 0; --key)
        c.exchange(GetParam().lookup(key));
    EXPECT_GE(c.take_answered_here(), 36u);
}

TEST_P(EachDriver, TheClientsBytesInPieces) {
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

TEST_P(EachDriver, TheServersBytesInPieces) {
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

TEST_P(EachDriver, SeveralLookupsInOneRead) {
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

TEST_P(EachDriver, AnOwnWriteInTheLoop) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= shop_server::parents; ++key) {
        c.exchange(GetParam().lookup(key));
        if (key % 7 == 0) c.exchange(frontend::query("UPDATE child SET n = 2 WHERE parent_id = 3"));
    }
    EXPECT_GE(c.take_answered_here(), 8u);
    // Behind each other, without a wait.
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= shop_server::parents; ++key)
        c.exchange(frontend::query("UPDATE child SET n = 2 WHERE parent_id = 3") +
                   GetParam().lookup(key));
}

TEST_P(EachDriver, AWriteOfAnotherSession) {
    if (GetParam().prepares) c.exchange(prepare());
    begin(GetParam().lookup);
    c.exchange(GetParam().lookup(3));
    EXPECT_EQ(c.take_answered_here(), 1u);
    write_elsewhere();
    c.exchange(GetParam().lookup(4));
    EXPECT_EQ(c.take_answered_here(), 0u);
    EXPECT_THAT(c.server().keys_asked, testing::Contains(4));
}

TEST_P(EachDriver, AWriteOfAnotherSessionThatIsNotOverYet) {
    if (GetParam().prepares) c.exchange(prepare());
    begin(GetParam().lookup);
    folding_conversation other(shared);
    other.exchange(frontend::query("BEGIN"));
    other.exchange(frontend::query("UPDATE child SET n = 1 WHERE parent_id = 9"));
    loop(GetParam().lookup, 3, 8);
    EXPECT_EQ(c.take_answered_here(), 0u);
    EXPECT_THAT(c.server().keys_asked, testing::IsSupersetOf({3, 4, 5, 6, 7, 8}));
    c.change_servers([](shop_server& s) { s.write(); });
    other.exchange(frontend::query("COMMIT"));
    c.exchange(frontend::query(parents));
    loop(GetParam().lookup, 1, 20);
    EXPECT_GT(c.take_answered_here(), 10u);
}

// Key 7 divides by zero, whether it is asked for or not.
TEST_P(EachDriver, ABatchThatFailsInTheMiddle) {
    if (GetParam().prepares) c.exchange(prepare());
    c.change_servers([](shop_server& s) { s.failing = {7, 23}; });
    for (const bool transaction : {false, true}) {
        SCOPED_TRACE(transaction);
        if (transaction) c.exchange(frontend::query("BEGIN"));
        c.exchange(frontend::query(parents));
        for (int key = 1; key <= shop_server::parents; ++key)
            if (key % 8 != 7) c.exchange(GetParam().lookup(key));
        if (transaction) {
            c.exchange(GetParam().lookup(7));
            c.exchange(GetParam().lookup(8));  // in a transaction that has failed
            c.exchange(frontend::query("ROLLBACK"));
        } else {
            loop(GetParam().lookup, 6, 9);
        }
    }
}

TEST_P(EachDriver, NoticesComeWithTheirOwnLookup) {
    if (GetParam().prepares) c.exchange(prepare());
    c.change_servers([](shop_server& s) { s.noticed = {5, 6, 30}; });
    c.exchange(frontend::query(parents));
    loop(GetParam().lookup, 1, shop_server::parents);
    EXPECT_GE(c.take_answered_here(), 4u);
}

TEST_P(EachDriver, ALookupWaitsForTheBatchThatBringsIt) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    c.exchange(GetParam().lookup(1));
    c.from_client(GetParam().lookup(2));
    const bytes sent = c.take_to_server();
    EXPECT_GT(sent.size(), GetParam().lookup(2).size());
    // The client does not wait for its answer.
    c.from_client(GetParam().lookup(3) + GetParam().lookup(4));
    EXPECT_FALSE(c.session().wants_client_bytes());
    EXPECT_EQ(c.take_to_server(), bytes{});
    EXPECT_EQ(c.take_to_client(), bytes{});
    const bytes replies = c.server().answer(sent);
    const bytes expected =
        c.direct().answer(GetParam().lookup(2) + GetParam().lookup(3) + GetParam().lookup(4));
    for (const std::byte b : replies)
        c.from_server({b});
    EXPECT_TRUE(c.session().wants_client_bytes());
    EXPECT_EQ(folding_conversation::split(c.take_to_client()),
              folding_conversation::split(expected));
    EXPECT_EQ(c.take_to_server(), bytes{});
}

TEST_P(EachDriver, WhatTheServerSaysOfItsOwnAccordReachesTheClient) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    c.exchange(GetParam().lookup(1));
    c.from_client(GetParam().lookup(2));
    const bytes sent = c.take_to_server();
    const auto own = GetParam().lookup(2).size();
    ASSERT_GT(sent.size(), own);
    const auto cut_at = sent.begin() + static_cast<std::ptrdiff_t>(own);
    const bytes lookup = c.server().answer(bytes(sent.begin(), cut_at));
    const bytes batch = c.server().answer(bytes(cut_at, sent.end()));
    const bytes said = backend::parameter_status("TimeZone", "UTC") + backend::notification("c");
    c.from_server(lookup);
    EXPECT_EQ(c.take_to_client(), c.direct().answer(GetParam().lookup(2)));
    // Between each two messages of the batch.
    bytes mixed;
    std::size_t count = 0;
    for (std::size_t at = 0; at < batch.size(); ++count) {
        const auto size = 1 + protocol::load_uint32(batch.data() + at + 1);
        mixed = mixed + said +
                bytes(batch.begin() + static_cast<std::ptrdiff_t>(at),
                      batch.begin() + static_cast<std::ptrdiff_t>(at + size));
        at += size;
    }
    c.cut_server_into(5);
    c.from_server(mixed);
    bytes expected;
    for (std::size_t i = 0; i < count; ++i)
        expected = expected + said;
    EXPECT_EQ(c.take_to_client(), expected);
    c.cut_server_into(0);
    loop(GetParam().lookup, 3, 12);
}

TEST_P(EachDriver, TheServerEndsInTheMiddleOfABatch) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    c.exchange(GetParam().lookup(1));
    c.server().fatal = {6};
    c.from_client(GetParam().lookup(2));
    const bytes sent = c.take_to_server();
    c.from_client(GetParam().lookup(6));  // it waits, and then hears of the end
    c.from_server(c.server().answer(sent));
    const auto heard = folding_conversation::split(c.take_to_client());
    ASSERT_FALSE(heard.empty());
    EXPECT_THAT(heard, testing::Contains("ESFATAL.VFATAL.C57P01.."));
    c.session().on_server_closed(shared.now);
}

TEST_P(EachDriver, ASessionThatCannotBeFollowedClosesIfABatchIsOut) {
    if (GetParam().prepares) c.exchange(prepare());
    c.exchange(frontend::query(parents));
    c.exchange(GetParam().lookup(1));
    c.from_client(GetParam().lookup(2));
    (void)c.take_to_server();
    c.from_client(raw("Q\0\0\0\1"s));  // a length that cannot be
    const auto heard = folding_conversation::split(c.take_to_client());
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_THAT(heard[0], testing::HasSubstr("08P01"));
    EXPECT_THAT(c.closes(), ElementsAre(pgfold::session::action_kind::close_client,
                                        pgfold::session::action_kind::close_server));
}

TEST_P(EachDriver, ASessionThatCannotBeFollowedGoesOnIfNothingIsOut) {
    if (GetParam().prepares) c.exchange(prepare());
    begin(GetParam().lookup);
    const bytes odd = raw("Q\0\0\0\1"s);
    c.from_client(odd);
    EXPECT_EQ(c.take_to_server(), odd);
    EXPECT_TRUE(c.closes().empty());
    c.from_server(raw("anything"));
    EXPECT_EQ(c.take_to_client(), raw("anything"));
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

TEST_F(Folding, TheUnnamedStatementLivesOn) {  // lib/pq: its Parse has a Sync of its own
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= 20; ++key) {
        c.exchange(prepare(""));
        c.exchange(unnamed_kept(key));
    }
    c.exchange(prepare(""));
    for (int key = 1; key <= 20; ++key)
        c.exchange(unnamed_kept(key));
}

TEST_F(Folding, AStatementThatTheServerLacksIsSentToIt) {
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

TEST_F(Folding, AQueryTakesTheUnnamedStatementAwayAtTheServerToo) {
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

TEST_F(Folding, AParseThatFailsTakesTheUnnamedStatementAway) {
    begin(unnamed);
    c.exchange(unnamed(3));
    c.exchange(frontend::parse("s", child) + frontend::sync());
    // The second is skipped: the server still has what it had.
    c.exchange(frontend::parse("s", child) +
               frontend::parse("", "SELECT id FROM parent WHERE 1 = $1", {23}) + frontend::sync());
    c.exchange(unnamed(4));
    c.exchange(frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync());
}

TEST_F(Folding, BeginPipelinedWithTheFirstLookup) {  // pgjdbc
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

// pgjdbc without autocommit: BEGIN, and later the fifth one's name for it, under the first lookup's
// Sync.
const bytes begin_unnamed =
    frontend::parse("", "BEGIN") + frontend::bind("", "") + frontend::execute("", 0);
const bytes begin_named = frontend::bind("", "begin") + frontend::execute("", 1);

TEST_P(EachDriver, ATransactionPerRowWithBeginInFrontOfTheLookup) {
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

TEST_P(EachDriver, ABeginInFrontOfTheLookupInPieces) {
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

TEST_P(EachDriver, ABeginThatFailsTakesItsLookupWithIt) {
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

TEST_F(Folding, TheUnnamedStatementBehindABeginOfItsOwnRead) {
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

TEST_F(Folding, ASerializableTransactionIsLeftAloneFromItsBeginOn) {
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

// PDO: a name of its own for each lookup.
std::string name_of(int key) {
    return "pdo_stmt_" + std::to_string(key);
}
bytes bound_to(const std::string& name, int key) {
    return frontend::bind("", name, {std::to_string(key)}, {0}, {0}) +
           frontend::describe_portal("") + frontend::execute() + frontend::sync();
}

class PreparedForEachLookup : public Folding {
protected:
    void prepare_next(int key, bool described = false) {
        const bytes rest =
            (described ? frontend::describe_statement(name_of(key)) : bytes()) + frontend::sync();
        c.exchange(frontend::parse(name_of(key), child) + rest);
    }
    void deallocate(int key) { c.exchange(frontend::query("DEALLOCATE " + name_of(key))); }
    void lookup(int key) {
        prepare_next(key);
        c.exchange(bound_to(name_of(key), key));
        deallocate(key);
    }
    void lookups(int first, int last) {
        for (int key = first; key <= last && !HasFatalFailure(); ++key)
            lookup(key);
    }
    void begin_loop() {
        c.exchange(frontend::query(parents));
        lookups(1, 3);
        (void)c.take_answered_here();
        (void)c.take_round_trips();
        c.server().texts.clear();
    }
};

TEST_F(PreparedForEachLookup, TheServerSeesNoneOfThem) {
    begin_loop();
    lookups(4, 12);
    EXPECT_EQ(c.take_answered_here(), 3u * 9);
    EXPECT_EQ(c.take_round_trips(), 0u);
    EXPECT_THAT(c.server().texts, ElementsAre());
    lookups(13, shop_server::parents);
    EXPECT_GE(c.take_answered_here(), 3u * 24);
}

TEST_F(PreparedForEachLookup, InTransactions) {
    c.exchange(frontend::query("BEGIN"));
    begin_loop();
    lookups(4, 12);
    EXPECT_EQ(c.take_answered_here(), 3u * 9);
    c.exchange(frontend::query("COMMIT"));
    for (int key = 13; key <= shop_server::parents; ++key) {
        c.exchange(frontend::query("BEGIN"));
        prepare_next(key);
        c.exchange(bound_to(name_of(key), key));
        if (key % 2 == 0) deallocate(key);
        c.exchange(frontend::query("COMMIT"));
        if (key % 2 != 0) deallocate(key);
    }
    EXPECT_GE(c.take_answered_here(), 3u * 20);
}

TEST_F(PreparedForEachLookup, DescribedAndClosed) {  // drivers that ask for the parameters
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= 16; ++key) {
        prepare_next(key, true);
        c.exchange(frontend::bind("", name_of(key), {std::to_string(key)}, {0}, {0}) +
                   frontend::execute() + frontend::sync());
        c.exchange(frontend::close_statement(name_of(key)) + frontend::sync());
    }
    EXPECT_GE(c.take_answered_here(), 3u * 12);
}

TEST_F(PreparedForEachLookup, WhatRefersToOneFindsItAtTheServer) {
    begin_loop();
    prepare_next(4);
    c.exchange(bound_to(name_of(4), 1000));
    c.exchange(bound_to(name_of(4), 4));
    prepare_next(5);
    c.exchange(frontend::query("EXECUTE " + name_of(5) + " (1000)"));
    prepare_next(6);
    c.exchange(frontend::describe_statement(name_of(6)) + frontend::sync());
    prepare_next(7);
    c.exchange(frontend::parse(name_of(7), child) + frontend::sync());  // the name is taken
    c.exchange(bound_to(name_of(7), 1000));
    prepare_next(8);
    c.exchange(frontend::query("BEGIN") + frontend::query("DEALLOCATE " + name_of(8)) +
               frontend::query("COMMIT"));
    prepare_next(9);
    deallocate(9);
    deallocate(9);
    prepare_next(10);
    c.exchange(frontend::query("DEALLOCATE ALL"));
    deallocate(10);
    prepare_next(11);
    c.exchange(bound_to(name_of(11), 11) + bound_to(name_of(11), 1000) +
               frontend::query("EXECUTE " + name_of(11) + " (1001)"));
    lookups(12, 14);
}

TEST_F(PreparedForEachLookup, WhatRefersToOneComesInPieces) {
    for (const std::size_t piece : {1, 7, 30}) {
        folding_conversation cut(shared);
        cut.exchange(frontend::query(parents));
        for (int key = 1; key <= 20; ++key) {
            cut.cut_client_into(0);
            cut.exchange(frontend::parse(name_of(key), child) + frontend::sync());
            if (key % 2 == 0) cut.exchange(bound_to(name_of(key), key));
            cut.cut_client_into(piece);
            if (key % 3 == 0) cut.exchange(bound_to(name_of(key), 1000 + key));
            if (key % 5 == 0) cut.exchange(frontend::query("EXECUTE " + name_of(key) + " (1000)"));
            cut.exchange(frontend::query("DEALLOCATE " + name_of(key)));
        }
    }
}

TEST_F(PreparedForEachLookup, InATransactionThatFails) {
    c.exchange(frontend::query("BEGIN"));
    begin_loop();
    for (const char* after : {"ROLLBACK", "ROLLBACK TO s"}) {
        c.exchange(frontend::query("SAVEPOINT s"));
        prepare_next(4);
        c.change_servers([](shop_server& s) { s.failing.insert(1000); });
        c.exchange(simple(1000) + frontend::query("EXECUTE " + name_of(4) + " (1000)"));
        deallocate(4);
        c.exchange(bound_to(name_of(4), 4));
        prepare_next(5);
        c.exchange(frontend::query(after));
        c.exchange(bound_to(name_of(4), 7));
        c.exchange(frontend::query("EXECUTE " + name_of(4) + " (7)"));
        deallocate(4);
        c.exchange(frontend::query("BEGIN"));
        c.exchange(frontend::query(parents));
        lookups(11, 14);
    }
}

TEST_F(PreparedForEachLookup, AnotherTextUnderTheNextNameGoesToTheServer) {
    begin_loop();
    c.exchange(frontend::parse(name_of(4), child + " AND n = n") + frontend::sync());
    c.exchange(frontend::parse(name_of(5), child, {20}) + frontend::sync());
    EXPECT_EQ(c.take_answered_here(), 0u);
}

TEST_F(PreparedForEachLookup, AfterAWriteThePreparationIsTheServers) {
    begin_loop();
    write_elsewhere();
    prepare_next(4);
    EXPECT_EQ(c.take_answered_here(), 0u);
}

// What the server has not is sent to it before the message that needs it, not within.
TEST_F(Folding, ABindInPiecesOfAStatementThatTheServerLacks) {
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

TEST_F(Folding, AStatementPreparedBehindADeallocateAllStays) {
    begin(unnamed);
    c.exchange(frontend::query("DEALLOCATE ALL") + unnamed(5));
    c.exchange(frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync());
    c.exchange(frontend::query("DEALLOCATE ALL") + prepare());
    c.exchange(named(6));
}

TEST_F(Folding, TheStatusBehindABeginThatWasFlushed) {
    begin(unnamed);
    c.exchange(begin_unnamed + frontend::flush());
    c.exchange(unnamed(3));
    c.exchange(frontend::query("COMMIT"));
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

// Answers kept from before may be right now and wrong in a snapshot; no status tells of this BEGIN.
TEST_F(Folding, ATransactionThatIsEndedAndBegunInOneGo) {
    c.exchange(frontend::query("BEGIN"));
    begin();
    c.exchange(simple(3));
    EXPECT_EQ(c.take_answered_here(), 1u);
    const auto run = [](const char* text) {
        return frontend::parse("", text) + frontend::bind("", "") + frontend::execute();
    };
    c.exchange(run("COMMIT") + run("BEGIN ISOLATION LEVEL REPEATABLE READ") + frontend::sync());
    c.exchange(simple(4));
    EXPECT_EQ(c.take_answered_here(), 0u);
}

TEST_F(Folding, SettingsAreForgottenWithTheAnswersThatDependOnThem) {
    begin();
    c.exchange(frontend::query("SET DateStyle = German"));
    c.exchange(simple(3));
    EXPECT_EQ(c.take_answered_here(), 0u);
}

TEST_F(Folding, SettingsMayChangeInTheServersConfiguration) {
    begin();
    c.exchange(simple(3));
    EXPECT_EQ(c.take_answered_here(), 1u);
    c.from_server(backend::parameter_status("DateStyle", "ISO, MDY"));
    EXPECT_EQ(c.take_to_client(), backend::parameter_status("DateStyle", "ISO, MDY"));
    c.exchange(simple(4));
    EXPECT_EQ(c.take_answered_here(), 0u);
}

// Longer than any row that is kept.
TEST_F(Folding, NothingOfALongRowOfABatchReachesTheClient) {
    c.exchange(frontend::query(parents));
    c.exchange(simple(1));
    c.from_client(simple(2));
    (void)c.take_to_server();
    c.from_server(c.direct().answer(simple(2)));
    (void)c.take_to_client();
    const auto described = backend::row_description(
        {{"name", shop_server::child_table, 2, 25}, {"n", shop_server::child_table, 3, 23}});
    c.from_server(backend::row_description({{"a"}, {"b"}}) +
                  backend::data_row({"read committed", "read committed"}) +
                  backend::complete("SELECT 1") + backend::ready());
    const bytes long_row = backend::data_row({std::string(17 << 20, 'x'), "1"});
    c.cut_server_into(5'000'001);
    c.from_server(described + long_row + long_row + backend::complete("SELECT 2") +
                  backend::ready());
    EXPECT_EQ(c.take_to_client().size(), 0u);
    c.cut_server_into(0);
    c.from_client(simple(3));
    EXPECT_EQ(c.take_to_client().size(), 0u);
    EXPECT_THAT(folding_conversation::split(c.take_to_server()),
                testing::Contains("Q" + child_of(3) + "."));
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
