// Loops whose comments the server is not to see: `comments: strip`.

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/session/folding_loops.hpp"

namespace pgfold::test {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;

std::string tag(int number) {
    return "/*route='%2Fteams',id='" + std::to_string(number) + "'*/";
}

class FoldingComments : public Folding {
protected:
    FoldingComments() {
        shared.strip_comments = true;
        stripping.emplace(shared);
    }
    void exchange(const bytes& input) { stripping->exchange(input); }
    bytes simple_tagged(int key) { return frontend::query(tag(++tags_) + " " + child_of(key)); }
    bytes unnamed_tagged(int key) {
        return frontend::parse("", child + " " + tag(++tags_)) +
               frontend::bind("", "", {std::to_string(key)}, {0}, {0}) +
               frontend::describe_portal("") + frontend::execute() + frontend::sync();
    }

    std::optional<folding_conversation> stripping;

private:
    int tags_ = 0;
};

TEST_F(FoldingComments, ATagOfItsOwnForEachLookup) {
    for (const bool extended : {false, true}) {
        SCOPED_TRACE(extended);
        exchange(frontend::query(parents + " " + tag(0)));
        for (int key = 1; key <= shop_server::parents; ++key)
            exchange(extended ? unnamed_tagged(key) : simple_tagged(key));
        EXPECT_GE(stripping->take_answered_here(), 36u);
    }
    EXPECT_LE(stripping->take_round_trips(), 10u);
    EXPECT_THAT(stripping->server().texts, Each(Not(HasSubstr("/*"))));
}

TEST_F(FoldingComments, InPieces) {
    for (const std::size_t piece : {1, 7, 60}) {
        SCOPED_TRACE(piece);
        stripping->cut_client_into(piece);
        exchange(frontend::query(parents + " " + tag(0)));
        for (int key = 1; key <= 12; ++key)
            exchange(key % 2 != 0 ? unnamed_tagged(key) : simple_tagged(key));
        stripping->cut_client_into(0);
        stripping->cut_server_into(piece);
        exchange(frontend::query(parents + " " + tag(0)));
        for (int key = 1; key <= 12; ++key)
            exchange(key % 2 != 0 ? unnamed_tagged(key) : simple_tagged(key));
        stripping->cut_server_into(0);
    }
    EXPECT_GE(stripping->take_answered_here(), 12u);
    EXPECT_THAT(stripping->server().texts, Each(Not(HasSubstr("/*"))));
}

// A batch in front of it, or of what it waits for, has errors and notices of its own.
TEST_F(FoldingComments, ErrorsPointIntoTheClientsText) {
    stripping->change_servers([](shop_server& s) {
        s.failing = {7, 23};
        s.noticed = {5, 6, 30};
    });
    for (const std::size_t piece : {0, 1, 9}) {
        stripping->cut_server_into(piece);
        exchange(frontend::query("/*route='x'*/ " + parents));
        for (int key = 1; key <= shop_server::parents; ++key)
            exchange(key % 5 < 2 ? unnamed_tagged(key) : simple_tagged(key));
    }
    EXPECT_GE(stripping->take_answered_here(), 20u);
}

TEST_F(FoldingComments, WhatTheServerLacksIsSentWithoutThem) {
    exchange(frontend::query(parents + " " + tag(0)));
    for (int key = 1; key <= 6; ++key)
        exchange(unnamed_tagged(key));
    EXPECT_GE(stripping->take_answered_here(), 3u);
    exchange(frontend::bind("", "", {"1000"}, {0}, {0}) + frontend::execute() + frontend::sync());
    EXPECT_THAT(stripping->server().texts, Each(Not(HasSubstr("/*"))));
}

}  // namespace
}  // namespace pgfold::test
