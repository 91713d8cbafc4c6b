#include "proxy/fold/loop_search.hpp"

#include <algorithm>
#include <utility>

#include "analyzer/detect/argument_hashes.hpp"

namespace pgfold::fold {
namespace {

// Searching the results for keys that no result holds gets rarer: a session without loops should
// not pay for them.
constexpr std::uint32_t fruitless_max = 6;

// Of several connections in a row that stand near each other in a column three are a loop: two may
// be two clients that ask for the same kind of thing.
constexpr std::size_t shared_lookups_min = 2;  // before this one
constexpr std::chrono::seconds shared_lookups_age_max{1};
constexpr std::uint32_t shared_distance_max = 16;

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

std::optional<loop_search::found_loop> loop_search::find(const asked_lookup& asked,
                                                         const shared_sight& shared) {
    child_state& child = state_of(asked);
    // Most statements are in no loop, and most of their executions need no look at what they ask
    // for.
    const bool is_unknown = child.unknown_as_of == associations_->learned();
    const bool is_shared =
        shared.pool != nullptr && (!is_unknown || shared.pool->lookups.is_awake(*asked.statement));
    if (is_unknown && !is_shared && child.lookups + 2 < child.search_at) {
        ++child.lookups;
        return std::nullopt;
    }
    const auto hashes = detect::hash_arguments(*asked.statement, asked.arguments);
    const seen_lookup current{hashes.keys, hashes.kinds, results_.newest_serial()};
    const seen_lookup previous = std::exchange(child.last, current);
    const bool moved = child.lookups > 0 && previous.keys != current.keys;
    ++child.lookups;

    std::optional<found_loop> found;
    if (!is_unknown) found = find_known(asked, child, current, shared);
    if (!found && !child.sat_out_now) {
        if (moved && child.lookups >= settings_.trigger && child.lookups >= child.search_at)
            found = find_unknown(asked, child, previous, current);
        if (!found && is_shared) found = find_shared(asked, child, current, shared);
    }
    if (is_shared)
        shared.pool->lookups.note(*asked.statement, {current, shared.now, shared.connection});
    if (found && child.cost) found->known->record_cost(*child.cost);
    return found;
}

void loop_search::note(const asked_lookup& asked, const shared_sight& shared) const {
    if (shared.pool == nullptr || !shared.pool->lookups.is_awake(*asked.statement)) return;
    const auto hashes = detect::hash_arguments(*asked.statement, asked.arguments);
    const seen_lookup current{hashes.keys, hashes.kinds, results_.newest_serial()};
    shared.pool->lookups.note(*asked.statement, {current, shared.now, shared.connection});
}

// Is the loop over that parent's result left alone? How far such a loop comes is seen for free.
bool loop_search::sits_out(child_state& child, const void* parent, const association_ptr& known) {
    if (parent == child.sat_out) {
        if (++child.sat_out_lookups == association::missed_lookups) known->record_missed();
        return true;
    }
    if (child.sat_out != nullptr && child.sat_out_lookups < association::missed_lookups)
        child.sat_out_of->record_well_left();
    child.sat_out = nullptr;
    if (known->wants_batch()) return false;
    child.sat_out = parent;
    child.sat_out_of = known;
    child.sat_out_lookups = 1;
    return true;
}

std::optional<loop_search::found_loop> loop_search::find_known(const asked_lookup& asked,
                                                               child_state& child,
                                                               const seen_lookup& current,
                                                               const shared_sight& shared) {
    child.sat_out_now = false;
    const auto as_of = associations_->learned();
    auto candidates = associations_->of_child(database_, *asked.statement);
    if (candidates.empty()) child.unknown_as_of = as_of;
    const auto settle = [&](const key_origin& origin,
                            association_ptr& known) -> std::optional<found_loop> {
        child.sat_out_now = sits_out(child, origin.result->record.get(), known);
        if (child.sat_out_now) return std::nullopt;
        return found_loop{origin, std::move(known)};
    };
    for (auto& candidate : candidates)
        if (const auto origin = find_origin(results_, *candidate, current))
            return settle(*origin, candidate);
    if (shared.pool == nullptr) return std::nullopt;
    for (auto& candidate : candidates) {
        const auto results = siblings_.of(candidate->parent().get(), shared.connection);
        if (const auto origin = find_origin(result_list(results), *candidate, current))
            return settle(*origin, candidate);
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
    return learn(asked, *origin);
}

// Two of one connection that are no loop there may be one with those of others in between.
std::optional<loop_search::found_loop> loop_search::find_shared(const asked_lookup& asked,
                                                                child_state&,
                                                                const seen_lookup& current,
                                                                const shared_sight& shared) {
    auto& log = shared.pool->lookups;
    const auto before = log.since(*asked.statement, shared.now - shared_lookups_age_max,
                                  std::max<std::size_t>(shared_lookups_min, settings_.trigger - 1));
    if (before.size() < shared_lookups_min || before.size() + 1 < settings_.trigger ||
        before[0].lookup.keys == current.keys)
        return std::nullopt;
    const auto alone = [&](const auto& each) { return each.connection == shared.connection; };
    if (std::all_of(before.begin(), before.end(), alone)) return std::nullopt;
    auto results = siblings_.of(nullptr, 0);
    std::erase_if(results,
                  [&](const auto& result) { return result->record->arrived > before.back().at; });
    const auto origin =
        find_origin(result_list(results), *asked.statement, before[0].lookup, current);
    const bool follows = origin && std::all_of(before.begin(), before.end(), [&](const auto& each) {
                             const auto place = place_of(*origin, each.lookup);
                             if (place == detect::key_index::absent || place == origin->place)
                                 return false;
                             const auto distance =
                                 std::max(place, origin->place) - std::min(place, origin->place);
                             return distance <= shared_distance_max;
                         });
    log.note_search(*asked.statement, follows);
    return follows ? learn(asked, *origin) : std::nullopt;
}

std::optional<loop_search::found_loop> loop_search::learn(const asked_lookup& asked,
                                                          const key_origin& origin) {
    std::vector<std::string> names;
    const auto& columns = origin.result->record->rows.shape().columns();
    for (std::size_t i = 0; i < origin.feed.columns.size; ++i)
        names.push_back(columns[origin.feed.columns.columns[i]].name);
    auto known = associations_->learn(database_, origin.result->record->statement, asked.statement,
                                      origin.feed, std::move(names));
    if (!known) return std::nullopt;
    return found_loop{origin, std::move(known)};
}

std::vector<std::uint32_t> loop_search::asked_already(const sql::statement_template& child,
                                                      const key_origin& origin,
                                                      const shared_sight& shared) const {
    std::vector<std::uint32_t> places;
    if (shared.pool == nullptr) return places;
    for (const auto& each :
         shared.pool->lookups.since(child, origin.result->record->arrived, lookup_log::lookups_max))
        if (const auto place = place_of(origin, each.lookup); place != detect::key_index::absent)
            places.push_back(place);
    return places;
}

}  // namespace pgfold::fold
