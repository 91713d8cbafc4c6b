#include "proxy/fold/batch_planner.hpp"

#include <algorithm>
#include <utility>

#include "proxy/fold/shared_question.hpp"

namespace pgfold::fold {
namespace {

// One statement for fewer is not worth its preparation.
constexpr std::size_t rewritten_keys_min = 3;

}  // namespace

batch_planner::batch_planner(const surroundings& around,
                             std::shared_ptr<association_table> associations,
                             const detect::sibling_results* siblings)
    : around_(around),
      search_(around.settings, std::move(associations), around.results,
              around.versions->catalog().name(), siblings),
      wants_catalog_(around.settings.mode == fold_mode::on &&
                     around.versions->catalog().current().known == nullptr) {}

loop_search::shared_sight batch_planner::sight(detect::timestamp now) const {
    const bool shared = around_.pool.is_active() && search_.sees_others();
    return {shared ? around_.pool.pool() : nullptr, around_.who.connection_id, now};
}

void batch_planner::record_cost(std::chrono::nanoseconds cost) {
    if (!measured_) return;
    search_.record_cost(*measured_, cost);
    measured_.reset();
}

// ---------------------------------------------------------------- which keys

std::vector<key_tuple> batch_planner::keys_of(const loop_search::found_loop& loop,
                                              const asked_lookup& asked, bool repeats,
                                              const loop_search::shared_sight& shared) const {
    const std::size_t keys_max = around_.settings.keys_max;
    const auto asked_already = repeats
                                   ? std::vector<std::uint32_t>()
                                   : search_.asked_already(*asked.statement, loop.origin, shared);
    auto keys = following_keys(loop.origin, keys_max, asked_already);
    // A parent that is itself folded has more rows than the client has seen.
    for (const auto& parent : around_.loops.all())
        if (detect::same_statement(*parent->statement(), *loop.known->parent()))
            for (auto& key : keys_of_kept(*parent, loop.origin.feed, keys_max))
                keys.push_back(std::move(key));
    std::reverse(keys.begin(), keys.end());
    return keys;
}

group_ptr batch_planner::start_group(const asked_lookup& asked, detect::timestamp now) {
    const auto shared = sight(now);
    auto loop = search_.find(asked, shared);
    if (!loop) return nullptr;
    const auto positions = key_arguments(*asked.statement, loop->origin.feed);
    if (positions.empty()) return nullptr;
    auto group = around_.loops.make(asked, positions, loop->known);
    if (!group || group->key_of(asked).empty()) return nullptr;
    group->question = shared_question(asked, positions);
    group->repeats = repeats_keys(loop->origin);
    group->planned = keys_of(*loop, asked, group->repeats, shared);
    if (group->planned.empty()) return nullptr;
    look_up_rewrites(*group, asked);
    if (auto older = merge_into_older(group, asked, now)) return older;
    around_.loops.add(group);
    return group;
}

// The loop that the same lookups have been fetched for before goes on with the new one's keys, if
// what it keeps may still be given. Null: there is none.
group_ptr batch_planner::merge_into_older(const group_ptr& group, const asked_lookup& asked,
                                          detect::timestamp now) {
    for (const auto& older : std::vector(around_.loops.all())) {
        if (older->statement() != asked.statement || !older->matches(asked)) continue;
        // What is old by now would be taken for fetched, until it is asked for.
        const auto& kept = older->answers();
        std::uint64_t batch = 0;  // those of one batch are as old
        const bool all_fresh = std::all_of(kept.begin(), kept.end(), [&](const auto& answer) {
            return std::exchange(batch, answer.batch) == answer.batch ||
                   around_.origins.is_fresh(answer, now);
        });
        if (all_fresh && older->take_over(*group)) {
            around_.loops.touch(*older);
            return older;
        }
        around_.loops.drop(older);
    }
    return nullptr;
}

bool batch_planner::plan(const asked_lookup& asked, char status, detect::timestamp now,
                         std::vector<std::byte>& out) {
    if (around_.results.results().empty() && sight(now).pool == nullptr) return false;
    if (status == 'E' || around_.isolation.is_serializable() || !asked.statement->foldable.ok)
        return false;
    if (!around_.origins.can_follow(*around_.effects.of(around_.versions, *asked.statement))) {
        wants_catalog_ = around_.versions->catalog().current().known == nullptr;
        search_.note(asked, sight(now));
        return false;
    }
    if (find_exclusion(around_.settings.exclude, *asked.statement, around_.who) != nullptr)
        return false;
    if (around_.batches.empty()) measured_ = asked.statement;
    auto group = around_.loops.find(asked);
    if (group && observes() && group->find(group->key_of(asked)) != nullptr) {
        // Counted by the folder, and as good as answered.
        if (group->planned.empty() || group->unused > group->chunk / 2) return false;
        return send_batch(group, status, now, out);
    }
    if (group) {
        // A key that was to come later, or one that was not foreseen: a new loop, perhaps.
        const key_tuple key = group->key_of(asked);
        const auto planned = std::find(group->planned.begin(), group->planned.end(), key);
        if (planned == group->planned.end()) {
            group = nullptr;
        } else {
            if (group->repeats)
                std::rotate(group->planned.begin(), planned, planned + 1);  // to be the last
            else
                group->planned.erase(planned);
            // The statement that this lookup has just gone through is the one that the server has
            // for certain.
            if (!group->ask_as(asked)) return false;
            look_up_rewrites(*group, asked);
        }
    }
    if (!group) group = start_group(asked, now);
    return group && send_batch(group, status, now, out);
}

bool batch_planner::look_ahead(const group_ptr& group, char status, detect::timestamp now,
                               bool at_server, std::vector<std::byte>& out) {
    if (!group || status == 'E' || around_.isolation.is_serializable() || group->planned.empty())
        return false;
    if (group->left() > group->chunk / 2) return false;
    if (group->form->needs_statement() && !at_server) return false;
    if (group->row_description.empty()) return false;  // its first batch is still under way
    return send_batch(group, status, now, out);
}

// ---------------------------------------------------------------- how they are asked for

// Which rewrites there are of the text that the group asks with.
void batch_planner::look_up_rewrites(answer_group& group, const asked_lookup& asked) const {
    if (observes() || around_.settings.strategy == fold_strategy::pipeline) return;
    if (group.rewrites && group.rewrites->is_built) return;
    const auto catalog = around_.versions->catalog().current().known;
    if (catalog)
        group.rewrites = group.origin->rewrites().find(asked, group.key_arguments(), *catalog);
}

batch_order batch_planner::order_for(answer_group& group, char status) const {
    const fold_settings& settings = around_.settings;
    batch_order order;
    order.in_transaction = status == 'T';
    order.ask_isolation = !around_.isolation.is_known();
    association& origin = *group.origin;
    group.chunk = group.chunk == 0
                      ? origin.first_chunk(settings.keys_max, settings.age_max)
                      : origin.next_chunk(group.chunk, settings.keys_max, settings.age_max);
    order.keys_max = group.chunk;
    if (!group.rewrites || std::min(group.chunk, group.planned.size()) < rewritten_keys_min)
        return order;
    if (!group.rewrites->is_built) {
        if (group.rewrites->is_described()) return order;  // the next loop's text will be built
        // What is forced is worth one more lookup; else the description comes along.
        const bool forced = settings.strategy == fold_strategy::fold;
        order.describe_child = forced ? around_.batches.empty() : origin.is_trusted();
        if (forced) group.chunk = order.keys_max = 0;
        group.describing = forced && order.describe_child;
        return order;
    }
    if (settings.strategy == fold_strategy::automatic && !group.rewrites->keeps_order)
        return order;  // ties would fall in another order: legal, but not what is seen without us
    const strategy_offer offer{.any = group.rewrites->any.query.has_value(),
                               .lateral = group.rewrites->lateral.query.has_value()};
    const auto chosen = origin.strategies().next(settings.strategy, offer, group.chunk);
    order.strategy = chosen.strategy;
    order.keys_max = chosen.keys_max;
    return order;
}

bool batch_planner::send_batch(const group_ptr& group, char status, detect::timestamp now,
                               std::vector<std::byte>& out) {
    const auto& effects = around_.effects.of(around_.versions, *group->statement());
    if (!around_.origins.can_follow(*effects)) return false;
    // Captured before the batch is sent: what is written from here on is noticed.
    auto stamp = freshness::database_versions::capture(effects->reads);
    if (!around_.origins.still_true(stamp)) return false;
    batch_order order = order_for(*group, status);
    order.number = around_.origins.next_number();
    // Inside a transaction what the server answers is for others only if it is what they would get.
    std::unique_ptr<shared_claims> claims;
    const bool is_committed = status == 'I' || around_.isolation.sees_latest() ||
                              !around_.versions->rules().share_what_is_committed;
    if (around_.pool.is_active() && is_committed)
        claims = around_.pool.claim_for(*group, stamp, now, around_.settings.age_max);
    order.claims = claims.get();
    composed_batch batch = compose_batch(*group, order, out);
    if (batch.steps.empty()) return false;
    if (batch.keys > 0) {
        group->origin->record_batch();
        if (order.in_transaction) ++group->savepoints;
        around_.origins.add(order.number, now, std::move(stamp));
    }
    if (observes()) {
        around_.batches.count_observed(batch.strategy);
        out.clear();
        return false;
    }
    around_.counters.batch_keys_fetched.add(batch.keys);
    around_.batches.add({batch.strategy, batch.keys, now, group->origin,
                         batch_receiver(group, std::move(batch.steps), std::move(batch.rewritten)),
                         around_.isolation.ask(), std::move(claims)});
    return true;
}

}  // namespace pgfold::fold
