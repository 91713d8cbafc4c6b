#include "proxy/fold/strategy_choice.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::fold {
namespace {

// Pipelines that are measured before anything else is tried.
constexpr std::uint64_t pipelines_measured = 3;
// Keys of a first try. LATERAL is the one with plans to be afraid of.
constexpr std::size_t any_tried_with = 32;
constexpr std::size_t lateral_tried_with = 8;
// A rewrite has to save this share, or it is not worth its risk.
constexpr std::int64_t cheaper_percent = 85;
// What has proven cheaper is compared again after so many batches: tables grow.
constexpr std::uint64_t compared_every = 64;
// Batches that a rewrite which was slower, or failed, is left alone for: 64, 1024, 16384 …
constexpr std::uint64_t set_back_first = 64;
constexpr std::uint32_t set_back_shift = 4;
constexpr std::uint32_t setbacks_max = 6;

}  // namespace

bool strategy_choice::is_open(batch_strategy strategy) {
    return batches_ >= of(strategy).not_before;
}

strategy_choice::batch strategy_choice::next(fold_strategy wanted, const strategy_offer& offer,
                                             std::size_t keys_max) {
    using enum batch_strategy;
    if (wanted == fold_strategy::pipeline || (!offer.any && !offer.lateral))
        return {pipeline, keys_max};
    const std::lock_guard lock(mutex_);
    ++batches_;
    forced_ = wanted == fold_strategy::fold;
    const auto candidate = offer.any && is_open(any)           ? any
                           : offer.lateral && is_open(lateral) ? lateral
                                                               : pipeline;
    if (forced_ || candidate == pipeline) return {candidate, keys_max};
    if (of(pipeline).shown.batches < pipelines_measured) return {pipeline, keys_max};
    if (candidate != in_force_)
        return {candidate,
                std::min(keys_max, candidate == any ? any_tried_with : lateral_tried_with)};
    if (batches_ % compared_every == 0) return {pipeline, keys_max};
    return {candidate, keys_max};
}

void strategy_choice::record(batch_strategy strategy, std::size_t keys,
                             std::chrono::nanoseconds took) {
    using enum batch_strategy;
    if (keys == 0) return;
    const std::lock_guard lock(mutex_);
    record_of& entry = of(strategy);
    ++entry.shown.batches;
    latest_ = strategy;
    const auto now = std::max<std::int64_t>(
        took.count() / static_cast<std::int64_t>(keys), 1);
    const auto before = entry.shown.per_key.count();
    const auto per_key = before == 0 ? now : before + (now - before) / 4;
    entry.shown.per_key = std::chrono::nanoseconds(per_key);
    const auto pipelined = of(pipeline).shown.per_key.count();
    if (strategy == pipeline || forced_ || pipelined == 0) return;
    if (now * 100 <= pipelined * cheaper_percent) {
        in_force_ = strategy;
        entry.setbacks = 0;
    } else if (in_force_ != strategy || per_key > pipelined) {
        set_back(strategy);
    }
}

void strategy_choice::record_failure(batch_strategy strategy, std::string reason) {
    const std::lock_guard lock(mutex_);
    record_of& entry = of(strategy);
    ++entry.shown.failures;
    entry.shown.last_failure = std::move(reason);
    set_back(strategy);
}

void strategy_choice::set_back(batch_strategy strategy) {
    record_of& entry = of(strategy);
    entry.setbacks = std::min(entry.setbacks + 1, setbacks_max);
    entry.not_before =
        batches_ + (set_back_first << ((entry.setbacks - 1) * set_back_shift));
    // What was measured is no measure any more by then.
    entry.shown.per_key = {};
    if (in_force_ == strategy) in_force_ = batch_strategy::pipeline;
}

strategy_choice::report strategy_choice::current() const {
    const std::lock_guard lock(mutex_);
    report out;
    out.latest = latest_;
    for (std::size_t i = 0; i < records_.size(); ++i)
        out.costs[i] = records_[i].shown;
    return out;
}

}  // namespace pgfold::fold
