// Who may ask for a catalog, and how often.
#include "proxy/fold/catalog_claims.hpp"

#include <gtest/gtest.h>

namespace pgfold::fold {
namespace {

using namespace std::chrono_literals;
using enum catalog_question;

class Claims : public testing::Test {
protected:
    std::unique_ptr<catalog_claim> take(catalog_question question = load) {
        return claims.take("shop", question, now);
    }
    // Whether it may be asked, and then takes that long.
    bool ask(std::chrono::nanoseconds takes, catalog_question question = load,
             bool answered = true) {
        const auto claim = take(question);
        if (!claim) return false;
        now += takes;
        claim->finish(now, answered);
        return true;
    }

    catalog_claims claims;
    detect::timestamp now{1'700'000'000s};
};

TEST_F(Claims, OneAtATimeForEachDatabase) {
    const auto mine = take();
    ASSERT_TRUE(mine);
    EXPECT_FALSE(take());
    EXPECT_FALSE(take(compare));
    EXPECT_TRUE(claims.take("store", load, now));
    mine->finish(now, true);
    EXPECT_TRUE(take());
}

TEST_F(Claims, ASessionThatDiesHoldsNobodyUp) {
    { const auto dies = take(); }
    EXPECT_TRUE(take());
}

TEST_F(Claims, OneWhoseServerIsSilentDoesNotForLong) {
    const auto silent = take();
    now += 4s;
    EXPECT_FALSE(take());
    now += 2s;
    const auto next = take();
    ASSERT_TRUE(next);
    // What it does then is no concern of the next one's.
    silent->finish(now, true);
    EXPECT_FALSE(take());
}

TEST_F(Claims, AFewLoadsAtOnceThenATwentiethOfTheTime) {
    for (int i = 0; i < 11; ++i)
        EXPECT_TRUE(ask(100ms)) << i;
    EXPECT_FALSE(ask(100ms));
    int loads = 0;
    for (const auto end = now + 200s; now < end; now += 10ms)
        loads += ask(100ms);
    EXPECT_GE(loads, 95);
    EXPECT_LE(loads, 105);
}

TEST_F(Claims, WhoRefusesIsLeftInPeace) {
    EXPECT_TRUE(ask(100ms, load, false));
    EXPECT_FALSE(ask(100ms));
    now += 2s + 1ms;
    EXPECT_TRUE(ask(100ms));
}

TEST_F(Claims, WhatIsInForceIsLookedAtOnceAMinute) {
    EXPECT_TRUE(ask(100ms));
    EXPECT_FALSE(ask(1ms, recheck));
    EXPECT_TRUE(ask(1ms, compare)) << "after DDL at once";
    now += catalog_claims::recheck_interval;
    EXPECT_TRUE(ask(1ms, recheck));
    EXPECT_FALSE(ask(1ms, recheck));
    now += catalog_claims::recheck_interval;
    EXPECT_TRUE(ask(1ms, recheck));
}

}  // namespace
}  // namespace pgfold::fold
