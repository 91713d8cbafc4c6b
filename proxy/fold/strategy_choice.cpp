#include "proxy/fold/strategy_choice.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace pgfold::fold {
namespace {

// Pipelines that are measured before anything else is tried.
constexpr std::uint64_t pipelines_measured = 3;
// Keys of a first try. LATERAL is the one with plans to be afraid of.
constexpr std::size_t any_tried_with = 32;
constexpr std::size_t lateral_tried_with = 8;
// With few keys it may be the dearer one by what its preparation takes; then it is tried with more.
constexpr std::chrono::nanoseconds preparation = std::chrono::milliseconds{1};
constexpr std::size_t tried_with_growth = 4;
// A rewrite has to save this share, or it is not worth its risk.
constexpr std::int64_t cheaper_percent = 85;
// What has proven cheaper is compared again after so many batches: tables grow.
constexpr std::uint64_t compared_every = 64;
// … and is given up when it was dearer so often in a row: once may be somebody else's load.
constexpr std::int64_t dearer_percent = 120;
constexpr std::uint32_t dearer_allowed = 1;
// Batches that a rewrite which did not pay is left alone for: 16, 64, 256 …; one that was far
// dearer, or that the server refused, begins much higher.
constexpr std::uint32_t set_back_shift = 2;
constexpr std::uint32_t setbacks_max = 10;
constexpr std::uint32_t setbacks_of_failure = 3;
constexpr std::uint32_t setbacks_of_bad_plan = 5;
constexpr std::int64_t bad_plan_factor = 4;

std::chrono::nanoseconds median(std::vector<std::chrono::nanoseconds> costs) {
    if (costs.empty()) return {};
    const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
    std::nth_element(costs.begin(), middle, costs.end());
    return *middle;
}

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
    if (candidate != in_force_) return {candidate, std::min(keys_max, keys_to_try(candidate))};
    if (batches_ % compared_every == 0) return {pipeline, keys_max};
    return {candidate, keys_max};
}

std::size_t strategy_choice::keys_to_try(batch_strategy strategy) {
    const std::size_t first = strategy == batch_strategy::any ? any_tried_with : lateral_tried_with;
    return std::max(of(strategy).tried_with * tried_with_growth, first);
}

void strategy_choice::record(batch_strategy strategy, std::size_t keys,
                             std::chrono::nanoseconds took) {
    if (keys == 0) return;
    const std::lock_guard lock(mutex_);
    record_of& entry = of(strategy);
    ++entry.shown.batches;
    latest_ = strategy;
    const auto per_key =
        std::max(took / static_cast<std::int64_t>(keys), std::chrono::nanoseconds{1});
    if (entry.latest.size() == measured_max) entry.latest.erase(entry.latest.begin());
    entry.latest.push_back(per_key);
    entry.shown.per_key = median(entry.latest);
    const auto pipelined = of(batch_strategy::pipeline).shown.per_key;
    if (strategy != batch_strategy::pipeline && !forced_ && pipelined.count() != 0)
        judge(strategy, keys, per_key, pipelined);
}

void strategy_choice::judge(batch_strategy strategy, std::size_t keys,
                            std::chrono::nanoseconds cost_per_key,
                            std::chrono::nanoseconds pipelined) {
    record_of& entry = of(strategy);
    const bool dearer = cost_per_key * 100 > pipelined * dearer_percent;
    if (cost_per_key * 100 <= pipelined * cheaper_percent) {
        in_force_ = strategy;
        entry.setbacks = entry.dearer = 0;
        return;
    }
    if (in_force_ == strategy) {
        entry.dearer = dearer ? entry.dearer + 1 : 0;
        if (entry.dearer <= dearer_allowed) return;
    } else if (keys > entry.tried_with && cost_per_key * keys < pipelined * keys + preparation) {
        entry.tried_with = keys;
        return;
    }
    set_back(strategy, cost_per_key > pipelined * bad_plan_factor ? setbacks_of_bad_plan : 1);
}

void strategy_choice::record_failure(batch_strategy strategy, std::string reason) {
    const std::lock_guard lock(mutex_);
    record_of& entry = of(strategy);
    ++entry.shown.failures;
    entry.shown.last_failure = std::move(reason);
    set_back(strategy, setbacks_of_failure);
}

void strategy_choice::set_back(batch_strategy strategy, std::uint32_t at_least) {
    record_of& entry = of(strategy);
    entry.setbacks = std::min(std::max(entry.setbacks + 1, at_least), setbacks_max);
    entry.not_before = batches_ + (std::uint64_t{4} << (entry.setbacks * set_back_shift));
    // What was measured is no measure any more by then.
    entry.latest.clear();
    entry.dearer = 0;
    entry.tried_with = 0;
    if (in_force_ == strategy) in_force_ = batch_strategy::pipeline;
}

strategy_choice::standing strategy_choice::current_standing() const {
    const std::lock_guard lock(mutex_);
    standing out;
    out.in_force = in_force_;
    for (std::size_t i = 0; i < records_.size(); ++i) {
        const record_of& entry = records_[i];
        const auto rests_for = entry.not_before - std::min(entry.not_before, batches_);
        out.each[i] = {entry.shown.batches, entry.shown.per_key, rests_for, entry.setbacks,
                       entry.tried_with};
    }
    return out;
}

void strategy_choice::restore(const standing& before) {
    const std::lock_guard lock(mutex_);
    in_force_ = before.in_force;
    for (std::size_t i = 0; i < records_.size(); ++i) {
        const standing::one& one = before.each[i];
        record_of& entry = records_[i];
        entry = {};
        entry.shown.batches = one.batches;
        entry.shown.per_key = one.per_key;
        if (one.per_key.count() > 0) entry.latest.push_back(one.per_key);
        entry.not_before = batches_ + one.rests_for;
        entry.setbacks = std::min(one.setbacks, setbacks_max);
        entry.tried_with = one.tried_with;
    }
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
