// What ends the truth of what has been fetched ahead: writes, settings, snapshots.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/folding_loops.hpp"

namespace pgfold::test {
namespace {

class FoldingWritesEachDriver : public EachDriver {};
INSTANTIATE_TEST_SUITE_P(Folding, FoldingWritesEachDriver, testing::ValuesIn(drivers), driver_name);

class FoldingWrites : public Folding {};

TEST_P(FoldingWritesEachDriver, AnOwnWriteInTheLoop) {
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

TEST_P(FoldingWritesEachDriver, AWriteOfAnotherSession) {
    if (GetParam().prepares) c.exchange(prepare());
    begin(GetParam().lookup);
    c.exchange(GetParam().lookup(3));
    EXPECT_EQ(c.take_answered_here(), 1u);
    write_elsewhere();
    c.exchange(GetParam().lookup(4));
    EXPECT_EQ(c.take_answered_here(), 0u);
    EXPECT_THAT(c.server().keys_asked, testing::Contains(4));
}

TEST_P(FoldingWritesEachDriver, AWriteOfAnotherSessionThatIsNotOverYet) {
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

// Answers kept from before may be right now and wrong in a snapshot; no status tells of this BEGIN.
TEST_F(FoldingWrites, ATransactionThatIsEndedAndBegunInOneGo) {
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

TEST_F(FoldingWrites, SettingsAreForgottenWithTheAnswersThatDependOnThem) {
    begin();
    c.exchange(frontend::query("SET DateStyle = German"));
    c.exchange(simple(3));
    EXPECT_EQ(c.take_answered_here(), 0u);
}

TEST_F(FoldingWrites, SettingsMayChangeInTheServersConfiguration) {
    begin();
    c.exchange(simple(3));
    EXPECT_EQ(c.take_answered_here(), 1u);
    c.from_server(backend::parameter_status("DateStyle", "ISO, MDY"));
    EXPECT_EQ(c.take_to_client(), backend::parameter_status("DateStyle", "ISO, MDY"));
    c.exchange(simple(4));
    EXPECT_EQ(c.take_answered_here(), 0u);
}

}  // namespace
}  // namespace pgfold::test
