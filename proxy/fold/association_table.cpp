#include "proxy/fold/association_table.hpp"

#include <algorithm>
#include <functional>

#include "analyzer/detect/result_window.hpp"

namespace pgfold::fold {
namespace {

constexpr std::size_t chunk_of_strangers = 16;
constexpr std::size_t chunk_growth = 4;
// Loops that asked for this share of what was fetched have paid off.
constexpr std::uint64_t good_percent = 70;
constexpr std::uint64_t bad_percent = 30;
// In between loops are neither good nor bad, if they are worth the name: one that always breaks off
// after a few rows would have half of a small batch, again and again.
constexpr std::uint64_t doubtful_keys_min = 16;
constexpr std::uint32_t trust_max = 4;
// After so many bad loops in a row, loops are sat out: 8, 16, 32 … of them.
constexpr std::uint32_t bad_loops_allowed = 1;
constexpr std::uint32_t sit_out_first = 8;
constexpr std::uint32_t sit_out_max = 4096;
// Loops in a row that would have been worth a batch, until one is tried again: so many that the few
// keys of a try in vain are next to nothing beside their lookups.
constexpr std::uint32_t missed_max = 8;

constexpr auto relaxed = std::memory_order_relaxed;

}  // namespace

association::association(std::string database, sql::template_ptr parent, sql::template_ptr child,
                         key_feed feed, std::vector<std::string> column_names)
    : database_(std::move(database)),
      parent_(std::move(parent)),
      child_(std::move(child)),
      feed_(feed),
      column_names_(std::move(column_names)) {}

bool association::wants_batch() {
    auto left = sitting_out_.load(relaxed);
    while (left > 0)
        if (sitting_out_.compare_exchange_weak(left, left - 1, relaxed)) return false;
    return true;
}

void association::record_missed() {
    const auto wanted = std::min(bad_in_a_row_.load(relaxed), missed_max);
    if (missed_in_a_row_.fetch_add(1, relaxed) + 1 < wanted) return;
    missed_in_a_row_.store(0, relaxed);
    sitting_out_.store(0, relaxed);
}

// A batch holds up what the client asks next, and what it brings late is too old: a slow lookup is
// not fetched ahead at all.
std::size_t association::within(std::size_t keys, std::chrono::nanoseconds age_max) const {
    const std::int64_t half = age_max.count() / 2;
    if (const auto cost = cost_ns_.load(relaxed); cost > 0)
        keys = std::min(keys, static_cast<std::size_t>(half / cost));
    if (const auto pace = pace_ns_.load(relaxed); pace > 0)
        keys = std::min(keys, std::max<std::size_t>(static_cast<std::size_t>(half / pace), 1));
    return keys;
}

std::size_t association::first_chunk(std::size_t keys_max, std::chrono::nanoseconds age_max) const {
    const std::size_t wanted = trust_.load(relaxed) > 0          ? keys_max
                               : bad_in_a_row_.load(relaxed) > 0 ? chunk_of_strangers / 4
                                                                 : chunk_of_strangers;
    return within(std::min(wanted, keys_max), age_max);
}

std::size_t association::next_chunk(std::size_t last, std::size_t keys_max,
                                    std::chrono::nanoseconds age_max) const {
    return within(std::min(keys_max, std::max<std::size_t>(last, 1) * chunk_growth), age_max);
}

void association::record_cost(std::chrono::nanoseconds cost) {
    const auto before = cost_ns_.load(relaxed);
    const auto now = std::max<std::int64_t>(cost.count(), 1);
    // One that took long may only have had to wait for something else.
    cost_ns_.store(before == 0 || now < before ? now : before + (now - before) / 8, relaxed);
}

void association::record_pace(std::chrono::nanoseconds interval) {
    const auto before = pace_ns_.load(relaxed);
    const auto now = std::max<std::int64_t>(interval.count(), 1);
    pace_ns_.store(before == 0 ? now : before + (now - before) / 8, relaxed);
}

void association::record_loop(std::uint64_t fetched, std::uint64_t used, std::uint64_t savepoints) {
    if (fetched == 0) return;
    loops_.fetch_add(1, relaxed);
    fetched_.fetch_add(fetched, relaxed);
    used_.fetch_add(used, relaxed);
    fetched += savepoints;
    if (used * 100 >= fetched * good_percent) {
        bad_in_a_row_.store(0, relaxed);
        if (trust_.load(relaxed) < trust_max) trust_.fetch_add(1, relaxed);
    } else if (used * 100 < fetched * bad_percent || fetched < doubtful_keys_min) {
        distrust();
    } else {
        trust_.store(0, relaxed);
    }
}

void association::record_failure() {
    failures_.fetch_add(1, relaxed);
    distrust();
}

void association::distrust() {
    trust_.store(0, relaxed);
    const auto bad = bad_in_a_row_.fetch_add(1, relaxed) + 1;
    if (bad <= bad_loops_allowed) return;
    const auto doublings = std::min<std::uint32_t>(bad - bad_loops_allowed - 1, 16);
    sitting_out_.store(std::min(sit_out_first << doublings, sit_out_max), relaxed);
}

association::score association::current_score() const {
    return {loops_.load(relaxed),
            batches_.load(relaxed),
            failures_.load(relaxed),
            fetched_.load(relaxed),
            used_.load(relaxed),
            observed_.load(relaxed),
            std::chrono::nanoseconds(pace_ns_.load(relaxed)),
            trust_.load(relaxed),
            sitting_out_.load(relaxed)};
}

association::standing association::current_standing() const {
    return {trust_.load(relaxed), bad_in_a_row_.load(relaxed), sitting_out_.load(relaxed),
            std::chrono::nanoseconds(pace_ns_.load(relaxed)),
            std::chrono::nanoseconds(cost_ns_.load(relaxed))};
}

void association::restore(const standing& before) {
    trust_.store(std::min(before.trust, trust_max), relaxed);
    bad_in_a_row_.store(before.bad_in_a_row, relaxed);
    sitting_out_.store(std::min(before.sitting_out, sit_out_max), relaxed);
    pace_ns_.store(std::max<std::int64_t>(before.pace.count(), 0), relaxed);
    cost_ns_.store(std::max<std::int64_t>(before.cost.count(), 0), relaxed);
}

std::uint64_t association_table::key_of(std::string_view database,
                                        const sql::statement_template& child) {
    return child.hash_low ^ (std::hash<std::string_view>{}(database)*0x9e3779b97f4a7c15ULL);
}

std::vector<association_ptr> association_table::of_child(
    std::string_view database, const sql::statement_template& child) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_child_.find(key_of(database, child));
    if (found == by_child_.end()) return {};
    std::vector<association_ptr> known;
    for (const auto& one : found->second)
        if (one->database() == database && detect::same_statement(*one->child(), child))
            known.push_back(one);
    return known;
}

association_ptr association_table::learn(std::string_view database, const sql::template_ptr& parent,
                                         const sql::template_ptr& child, const key_feed& feed,
                                         std::vector<std::string> column_names) {
    const std::lock_guard lock(mutex_);
    auto& known = by_child_[key_of(database, *child)];
    for (const auto& one : known)
        if (one->database() == database && detect::same_statement(*one->child(), *child) &&
            detect::same_statement(*one->parent(), *parent) && one->feed() == feed)
            return one;
    if (size_ >= associations_max) return nullptr;
    if (known.size() >= per_child_max) {  // the oldest makes room
        known.erase(known.begin());
        --size_;
    }
    ++size_;
    known.push_back(std::make_shared<association>(std::string(database), parent, child, feed,
                                                  std::move(column_names)));
    learned_.fetch_add(1, std::memory_order_release);
    return known.back();
}

std::vector<association_ptr> association_table::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<association_ptr> list;
    for (const auto& [key, known] : by_child_)
        list.insert(list.end(), known.begin(), known.end());
    return list;
}

}  // namespace pgfold::fold
