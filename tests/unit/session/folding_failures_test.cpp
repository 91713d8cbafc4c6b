// Batches that are late, fail, or never end: the client hears of its own lookups only.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/folding_loops.hpp"

namespace pgfold::test {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

class FoldingFailuresEachDriver : public EachDriver {};
INSTANTIATE_TEST_SUITE_P(Folding, FoldingFailuresEachDriver, testing::ValuesIn(drivers),
                         driver_name);

class FoldingFailures : public Folding {};

// Key 7 divides by zero, whether it is asked for or not.
TEST_P(FoldingFailuresEachDriver, ABatchThatFailsInTheMiddle) {
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

TEST_P(FoldingFailuresEachDriver, NoticesComeWithTheirOwnLookup) {
    if (GetParam().prepares) c.exchange(prepare());
    c.change_servers([](shop_server& s) { s.noticed = {5, 6, 30}; });
    c.exchange(frontend::query(parents));
    loop(GetParam().lookup, 1, shop_server::parents);
    EXPECT_GE(c.take_answered_here(), 4u);
}

TEST_P(FoldingFailuresEachDriver, ALookupWaitsForTheBatchThatBringsIt) {
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

TEST_P(FoldingFailuresEachDriver, WhatTheServerSaysOfItsOwnAccordReachesTheClient) {
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

TEST_P(FoldingFailuresEachDriver, TheServerEndsInTheMiddleOfABatch) {
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

TEST_P(FoldingFailuresEachDriver, ASessionThatCannotBeFollowedClosesIfABatchIsOut) {
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

TEST_P(FoldingFailuresEachDriver, ASessionThatCannotBeFollowedGoesOnIfNothingIsOut) {
    if (GetParam().prepares) c.exchange(prepare());
    begin(GetParam().lookup);
    const bytes odd = raw("Q\0\0\0\1"s);
    c.from_client(odd);
    EXPECT_EQ(c.take_to_server(), odd);
    EXPECT_TRUE(c.closes().empty());
    c.from_server(raw("anything"));
    EXPECT_EQ(c.take_to_client(), raw("anything"));
}

// Longer than any row that is kept.
TEST_F(FoldingFailures, NothingOfALongRowOfABatchReachesTheClient) {
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

}  // namespace
}  // namespace pgfold::test
