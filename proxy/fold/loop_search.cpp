#include "proxy/fold/loop_search.hpp"

#include <algorithm>
#include <utility>

#include "analyzer/detect/argument_hashes.hpp"

namespace pgfold::fold {
namespace {

// Searching the results for keys that no result holds gets rarer: a session without loops should
// not pay for them.
constexpr std::uint32_t fruitless_max = 6;

}  // namespace

loop_search::child_state& loop_search::state_of(const asked_lookup& asked) {
    for (auto& child : children_)
        if (child.statement == asked.statement) {
            child.last_use = ++uses_;
            return child;
        }
    if (children_.size() >= children_max) {
        const auto oldest =
            std::min_element(children_.begin(), children_.end(),
                             [](const auto& a, const auto& b) { return a.last_use < b.last_use; });
        children_.erase(oldest);
    }
    children_.push_back({.statement = asked.statement, .last_use = ++uses_});
    return children_.back();
}

void loop_search::record_cost(const sql::statement_template& statement,
                              std::chrono::nanoseconds cost) {
    for (auto& child : children_)
        if (child.statement.get() == &statement) child.cost = cost;
}

std::optional<loop_search::found_loop> loop_search::find(const asked_lookup& asked) {
    child_state& child = state_of(asked);
    // Most statements are in no loop, and most of their executions need no look at what they ask
    // for.
    const bool is_unknown = child.unknown_as_of == associations_->learned();
    if (is_unknown && child.lookups + 2 < child.search_at) {
        ++child.lookups;
        return std::nullopt;
    }
    const auto hashes = detect::hash_arguments(*asked.statement, asked.arguments);
    const seen_lookup current{hashes.keys, hashes.kinds, results_.newest_serial()};
    const seen_lookup previous = std::exchange(child.last, current);
    const bool moved = child.lookups > 0 && previous.keys != current.keys;
    ++child.lookups;

    std::optional<found_loop> found;
    if (!is_unknown) found = find_known(asked, child, current);
    if (!found && child.sat_out_now) return std::nullopt;
    if (!found && moved && child.lookups >= settings_.trigger && child.lookups >= child.search_at)
        found = find_unknown(asked, child, previous, current);
    if (found && child.cost) found->known->record_cost(*child.cost);
    return found;
}

std::optional<loop_search::found_loop> loop_search::find_known(const asked_lookup& asked,
                                                               child_state& child,
                                                               const seen_lookup& current) {
    child.sat_out_now = false;
    const auto as_of = associations_->learned();
    auto candidates = associations_->of_child(database_, *asked.statement);
    if (candidates.empty()) child.unknown_as_of = as_of;
    for (auto& candidate : candidates) {
        auto origin = find_origin(results_, *candidate, current);
        if (!origin) continue;
        const auto parent = origin->result->record->id;
        child.sat_out_now = parent == child.sat_out || !candidate->wants_batch();
        if (!child.sat_out_now) return found_loop{*origin, std::move(candidate)};
        child.sat_out = parent;
        return std::nullopt;
    }
    return std::nullopt;
}

std::optional<loop_search::found_loop> loop_search::find_unknown(const asked_lookup& asked,
                                                                 child_state& child,
                                                                 const seen_lookup& previous,
                                                                 const seen_lookup& current) {
    auto origin = find_origin(results_, *asked.statement, previous, current);
    if (!origin) {
        child.fruitless = std::min(child.fruitless + 1, fruitless_max);
        child.search_at = child.lookups + (1ULL << child.fruitless) - 1;
        return std::nullopt;
    }
    child.fruitless = 0;
    std::vector<std::string> names;
    const auto& columns = origin->result->record->rows.shape().columns();
    for (std::size_t i = 0; i < origin->feed.columns.size; ++i)
        names.push_back(columns[origin->feed.columns.columns[i]].name);
    auto known = associations_->learn(database_, origin->result->record->statement, asked.statement,
                                      origin->feed, std::move(names));
    if (!known) return std::nullopt;
    return found_loop{*origin, std::move(known)};
}

}  // namespace pgfold::fold
