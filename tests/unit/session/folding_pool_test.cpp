// Loops over two sessions of one pool.

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "unit/session/folding_conversation.hpp"

namespace pgfold::test {
namespace {

const std::string parents = "SELECT id FROM parent";

bytes child_of(int key) {
    return frontend::query("SELECT name, n FROM child WHERE parent_id = " + std::to_string(key));
}

class FoldingPool : public testing::Test {
protected:
    FoldingPool() {
        shared.pools = std::make_shared<fold::session_pools>();
        first = std::make_unique<folding_conversation>(shared);
        second = std::make_unique<folding_conversation>(shared);
    }

    void loop() {
        first->exchange(frontend::query(parents));
        for (int key = 1; key <= shop_server::parents && !HasFatalFailure(); ++key)
            (key % 2 == 0 ? first : second)->exchange(child_of(key));
    }
    [[nodiscard]] std::vector<int> take_keys_asked() {
        auto keys = std::exchange(first->server().keys_asked, {});
        const auto others = std::exchange(second->server().keys_asked, {});
        keys.insert(keys.end(), others.begin(), others.end());
        std::sort(keys.begin(), keys.end());
        return keys;
    }
    // What has been fetched so far does not count any more.
    void write_elsewhere() const {
        auto& table = shared.versions.database("shop")->table(shop_server::child_table);
        table.begin_write();
        table.end_write();
    }
    // The first session's batch holds every key, and has not been answered.
    void begin_known_loop() {
        loop();
        write_elsewhere();
        first->exchange(frontend::query(parents));
        first->from_client(child_of(1));
    }

    mutable folding_surroundings shared;
    std::unique_ptr<folding_conversation> first, second;
};

std::vector<int> all_keys() {
    std::vector<int> keys(shop_server::parents);
    std::iota(keys.begin(), keys.end(), 1);
    return keys;
}

TEST_F(FoldingPool, NoKeyIsAskedForTwice) {
    loop();
    EXPECT_EQ(take_keys_asked(), all_keys());
    EXPECT_GT(first->take_answered_here() + second->take_answered_here(), 20U);
    write_elsewhere();
    loop();
    EXPECT_EQ(take_keys_asked(), all_keys());
    EXPECT_GT(first->take_answered_here() + second->take_answered_here(), 35U);
}

TEST_F(FoldingPool, WithoutAPoolEachFoldsByItself) {
    shared.pools = nullptr;
    first = std::make_unique<folding_conversation>(shared);
    second = std::make_unique<folding_conversation>(shared);
    loop();
    EXPECT_GT(take_keys_asked().size(), all_keys().size());
}

TEST_F(FoldingPool, WhatIsOnItsWayIsWaitedFor) {
    begin_known_loop();
    second->from_client(child_of(7));
    EXPECT_FALSE(second->session().wants_client_bytes());
    EXPECT_TRUE(second->session().wake_at());
    EXPECT_TRUE(second->take_to_server().empty());
    EXPECT_EQ(second->times_woken(), 0U);
    first->finish();
    EXPECT_EQ(second->times_woken(), 1U);
    second->wake();
    EXPECT_EQ(second->take_to_client(), second->direct().answer(child_of(7)));
    EXPECT_TRUE(second->session().wants_client_bytes());
    EXPECT_FALSE(second->session().wake_at());
}

TEST_F(FoldingPool, WhoWaitsForASessionThatEndsAsksItself) {
    begin_known_loop();
    second->from_client(child_of(7));
    first.reset();
    EXPECT_EQ(second->times_woken(), 1U);
    second->wake();
    second->finish();
    EXPECT_EQ(second->take_to_client(), second->direct().answer(child_of(7)));
}

TEST_F(FoldingPool, NobodyWaitsForever) {
    begin_known_loop();
    second->from_client(child_of(7));
    ASSERT_TRUE(second->session().wake_at());
    shared.now = *second->session().wake_at();
    second->wake();
    second->finish();
    EXPECT_EQ(second->take_to_client(), second->direct().answer(child_of(7)));
}

TEST_F(FoldingPool, AWriteEndsTheWait) {
    begin_known_loop();
    write_elsewhere();
    second->from_client(child_of(7));
    EXPECT_TRUE(second->session().wants_client_bytes()) << "the batch is too old for it";
    second->finish();
    EXPECT_EQ(second->take_to_client(), second->direct().answer(child_of(7)));
}

TEST_F(FoldingPool, OtherSettingsAreAnotherPool) {
    second->exchange(frontend::query("SET search_path TO elsewhere"));
    begin_known_loop();
    first->finish();
    (void)take_keys_asked();
    second->exchange(child_of(7));
    EXPECT_EQ(take_keys_asked(), std::vector<int>{7});
}

}  // namespace
}  // namespace pgfold::test
