#include "proxy/fold/lookup_log.hpp"

#include <algorithm>

namespace pgfold::fold {
namespace {

// So many searches in a row may fail; then 16, 32, 64 … lookups go by unseen.
constexpr std::uint32_t fruitless_allowed = 8;
constexpr std::uint32_t rest_first = 16;
constexpr std::uint32_t doublings_max = 6;

}  // namespace

lookup_log::of_statement& lookup_log::state_of(const sql::statement_template& statement) {
    for (auto& known : statements_)
        if (known.hash_low == statement.hash_low && known.hash_high == statement.hash_high) {
            known.last_use = ++uses_;
            return known;
        }
    if (statements_.size() >= statements_max)
        statements_.erase(
            std::min_element(statements_.begin(), statements_.end(),
                             [](const auto& a, const auto& b) { return a.last_use < b.last_use; }));
    statements_.push_back({.hash_low = statement.hash_low,
                           .hash_high = statement.hash_high,
                           .lookups = {},
                           .last_use = ++uses_});
    return statements_.back();
}

bool lookup_log::is_awake(const sql::statement_template& statement) {
    const std::lock_guard lock(mutex_);
    of_statement& known = state_of(statement);
    if (known.resting == 0) return true;
    --known.resting;
    return false;
}

void lookup_log::note(const sql::statement_template& statement, const logged& latest) {
    const std::lock_guard lock(mutex_);
    auto& lookups = state_of(statement).lookups;
    if (lookups.size() >= lookups_max) lookups.pop_front();
    lookups.push_back(latest);
}

std::vector<lookup_log::logged> lookup_log::since(const sql::statement_template& statement,
                                                  detect::timestamp then, std::size_t max) const {
    std::vector<logged> found;
    const std::lock_guard lock(mutex_);
    for (const auto& known : statements_) {
        if (known.hash_low != statement.hash_low || known.hash_high != statement.hash_high)
            continue;
        for (auto it = known.lookups.rbegin(); it != known.lookups.rend(); ++it) {
            if (it->at < then || found.size() >= max) break;
            found.push_back(*it);
        }
    }
    return found;
}

void lookup_log::note_search(const sql::statement_template& statement, bool found) {
    const std::lock_guard lock(mutex_);
    of_statement& known = state_of(statement);
    known.fruitless = found ? 0 : known.fruitless + 1;
    if (known.fruitless < fruitless_allowed) return;
    // Looked at again are several in a row, or nothing would ever be found.
    const std::uint32_t past = known.fruitless - fruitless_allowed;
    if (past % 4 == 0) known.resting = rest_first << std::min(past / 4, doublings_max);
}

}  // namespace pgfold::fold
