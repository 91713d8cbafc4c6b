// Statements that are prepared for one lookup each, under a name of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/folding_loops.hpp"

namespace pgfold::test {
namespace {

using testing::ElementsAre;

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

TEST_F(PreparedForEachLookup, ACommentOfItsOwnIsNoOtherText) {
    const auto tagged = [](int key) { return child + " /*id='" + std::to_string(key) + "'*/"; };
    c.exchange(frontend::query(parents));
    for (int key = 1; key <= 12; ++key) {
        if (key == 4) (void)c.take_answered_here();
        c.exchange(frontend::parse(name_of(key), tagged(key)) + frontend::sync());
        c.exchange(bound_to(name_of(key), key));
        if (key == 12) c.exchange(bound_to(name_of(key), 1000));
        deallocate(key);
    }
    EXPECT_EQ(c.take_answered_here(), 3u * 8 + 2);
    EXPECT_THAT(c.server().texts, testing::Contains(tagged(12)));
}

TEST_F(PreparedForEachLookup, AfterAWriteThePreparationIsTheServers) {
    begin_loop();
    write_elsewhere();
    prepare_next(4);
    EXPECT_EQ(c.take_answered_here(), 0u);
}

}  // namespace
}  // namespace pgfold::test
