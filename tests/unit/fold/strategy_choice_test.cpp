// Which strategy is chosen, as measured costs come in.

#include "proxy/fold/strategy_choice.hpp"

#include <gtest/gtest.h>

namespace pgfold::fold {
namespace {

using namespace std::chrono_literals;
using enum batch_strategy;

constexpr strategy_offer both{.any = true, .lateral = true};
constexpr strategy_offer only_lateral{.lateral = true};

// One batch of that many keys, with the server taking for each key what the strategy costs.
struct server {
    std::chrono::nanoseconds pipelined = 20us;
    std::chrono::nanoseconds rewritten = 5us;
    std::chrono::nanoseconds preparation = 0us;
};

std::size_t run(strategy_choice& choice, const server& costs, const strategy_offer& offer,
                std::size_t batches, std::size_t keys = 100) {
    std::size_t rewritten = 0;
    for (std::size_t i = 0; i < batches; ++i) {
        const auto next = choice.next(fold_strategy::automatic, offer, keys);
        const auto count = static_cast<std::int64_t>(next.keys_max);
        if (next.strategy == pipeline) {
            choice.record(pipeline, next.keys_max, costs.pipelined * count);
        } else {
            choice.record(next.strategy, next.keys_max,
                          costs.rewritten * count + costs.preparation);
            ++rewritten;
        }
    }
    return rewritten;
}

batch_strategy next(strategy_choice& choice, const strategy_offer& offer) {
    return choice.next(fold_strategy::automatic, offer, 100).strategy;
}

TEST(StrategyChoice, PipelinesAreMeasuredFirst) {
    strategy_choice choice;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(next(choice, both), pipeline);
        choice.record(pipeline, 100, 2ms);
    }
    EXPECT_EQ(next(choice, both), any);
}

TEST(StrategyChoice, ARewriteIsTriedWithFewKeysAndStaysIfItIsCheaper) {
    strategy_choice choice;
    run(choice, {}, both, 3);
    const auto tried = choice.next(fold_strategy::automatic, both, 1000);
    EXPECT_EQ(tried.strategy, any);
    EXPECT_LT(tried.keys_max, 100U);
    choice.record(any, tried.keys_max, 1us * static_cast<std::int64_t>(tried.keys_max));
    const auto kept = choice.next(fold_strategy::automatic, both, 1000);
    EXPECT_EQ(kept.strategy, any);
    EXPECT_EQ(kept.keys_max, 1000U);
}

TEST(StrategyChoice, PreparationIsForgivenWithFewKeys) {
    strategy_choice choice;
    run(choice, {.preparation = 900us}, only_lateral, 30);
    EXPECT_EQ(next(choice, only_lateral), lateral);
}

TEST(StrategyChoice, ABadPlanIsTriedOnceInHundreds) {
    strategy_choice choice;
    EXPECT_EQ(run(choice, {.rewritten = 2620us}, only_lateral, 3000), 1U);
}

TEST(StrategyChoice, WhatIsHardlyCheaperIsTriedMoreAndMoreRarely) {
    strategy_choice choice;
    EXPECT_LT(run(choice, {.rewritten = 22us}, only_lateral, 5000), 40U);
}

TEST(StrategyChoice, OneSlowBatchIsNoReasonToLeave) {
    strategy_choice choice;
    run(choice, {}, both, 10);
    ASSERT_EQ(next(choice, both), any);
    choice.record(any, 100, 1s);
    EXPECT_EQ(next(choice, both), any);
    choice.record(any, 100, 500us);
    choice.record(any, 100, 1s);
    EXPECT_EQ(next(choice, both), any);
}

TEST(StrategyChoice, TwoInARowAre) {
    strategy_choice choice;
    run(choice, {}, only_lateral, 10);
    ASSERT_EQ(next(choice, only_lateral), lateral);
    choice.record(lateral, 100, 1s);
    choice.record(lateral, 100, 1s);
    EXPECT_EQ(run(choice, {}, only_lateral, 1000), 0U);
}

TEST(StrategyChoice, WhatIsInForceIsComparedAgain) {
    strategy_choice choice;
    run(choice, {}, both, 100);
    const auto before = choice.current().costs[0].batches;
    run(choice, {}, both, 640);
    const auto compared = choice.current().costs[0].batches - before;
    EXPECT_GE(compared, 5U);
    EXPECT_LE(compared, 20U);
}

TEST(StrategyChoice, ARefusalLeavesTheOther) {
    strategy_choice choice;
    run(choice, {}, both, 10);
    choice.record_failure(any, "a row belongs to none of its keys");
    EXPECT_EQ(next(choice, both), lateral);
    const auto report = choice.current();
    EXPECT_EQ(report.costs[1].failures, 1U);
    EXPECT_EQ(report.costs[1].last_failure, "a row belongs to none of its keys");
}

TEST(StrategyChoice, WhatIsForcedIsNotJudged) {
    strategy_choice choice;
    for (int i = 0; i < 50; ++i) {
        const auto chosen = choice.next(fold_strategy::fold, both, 100);
        EXPECT_EQ(chosen.strategy, any);
        EXPECT_EQ(chosen.keys_max, 100U);
        choice.record(any, 100, 1s);
    }
    EXPECT_EQ(choice.next(fold_strategy::fold, only_lateral, 100).strategy, lateral);
    EXPECT_EQ(choice.next(fold_strategy::fold, {}, 100).strategy, pipeline);
    EXPECT_EQ(choice.next(fold_strategy::pipeline, both, 100).strategy, pipeline);
}

}  // namespace
}  // namespace pgfold::fold
