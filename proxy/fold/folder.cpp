#include "proxy/fold/folder.hpp"

#include <algorithm>

#include "proxy/fold/answer_writer.hpp"
#include "proxy/fold/batch_composer.hpp"
#include "proxy/fold/session_effect.hpp"
#include "proxy/fold/shared_question.hpp"

namespace pgfold::fold {
namespace {

constexpr std::chrono::microseconds measured_min{20};

// One statement for fewer is not worth its preparation.
constexpr std::size_t rewritten_keys_min = 3;

constexpr std::size_t origins_max = 64;

// Groups that nobody has asked for this long are let go.
constexpr std::chrono::seconds idle_max{1};
// With batch.mode: observe nothing is held that could become too old.
constexpr std::chrono::seconds idle_observed_max{10};

bool is_planned(const answer_group& group, const key_tuple& key) {
    return std::find(group.planned.begin(), group.planned.end(), key) != group.planned.end();
}

// Anything may, but for plain writes of which it is known what they set off.
bool may_change_settings(const sql::statement_template* statement,
                         const freshness::tracked_effects& effects) {
    using enum sql::statement_kind;
    if (statement == nullptr || effects.found.writes_everything) return true;
    switch (statement->kind) {
        case insert:
        case update:
        case delete_:
        case merge:
        case table_copy:
            return false;
        default:
            return true;
    }
}

}  // namespace

folder::folder(std::shared_ptr<const fold_settings> settings,
               std::shared_ptr<association_table> associations,
               const detect::result_window& results,
               std::shared_ptr<freshness::database_versions> versions,
               freshness::known_effects& effects, telemetry::thread_counters& counters,
               const detect::session_identity& who, const detect::sibling_results* siblings)
    : settings_(std::move(settings)),
      results_(results),
      versions_(std::move(versions)),
      effects_(effects),
      counters_(counters),
      who_(who),
      pool_(associations, versions_->catalog().name()),
      search_(*settings_, std::move(associations), results, versions_->catalog().name(), siblings),
      kept_bytes_(std::make_shared<kept_bytes>(settings_->bytes_max)),
      wants_catalog_(settings_->mode == fold_mode::on &&
                     versions_->catalog().current().known == nullptr) {}

folder::~folder() {
    for (const auto& group : groups_)
        note_loop_end(*group);
}

// ---------------------------------------------------------------- what makes answers untrue

void folder::on_statement(const sql::statement_template* statement,
                          const freshness::tracked_effects& effects) {
    // Where nothing is served, a query may be taken for what it says: no catalog, no views.
    if (observes() && versions_->catalog().current().known == nullptr && statement != nullptr &&
        statement->is_read() && !statement->calls_volatile)
        return;
    if (effect_on_session(statement, effects) != session_effect::none) {
        if (may_change_settings(statement, effects)) {
            isolation_.forget();
            settings_changed_ = true;
        }
        drop_everything();
        return;
    }
    isolation_.on_statement(*statement);
    // It may make the open transaction's snapshot a fixed one, of which no status tells.
    if (statement->kind == sql::statement_kind::begin && status_ != 'I') drop_everything();
    // What a fixed snapshot showed ends with it, and settings made in the transaction may be
    // undone, by COMMIT (SET LOCAL) or by ROLLBACK. COMMIT AND CHAIN shows no change of status.
    const bool ends_transaction = statement->kind == sql::statement_kind::commit ||
                                  statement->kind == sql::statement_kind::rollback;
    if (!ends_transaction) return;
    if (settings_changed_) isolation_.forget();
    if (settings_changed_ || !isolation_.is_read_committed()) drop_everything();
}

void folder::on_answer(std::chrono::nanoseconds took) {
    shortest_answer_ = std::min(took, shortest_answer_.value_or(took));
    if (!measured_) return;
    search_.record_cost(*measured_, took - *shortest_answer_);
    measured_.reset();
}

void folder::on_ready(char status, detect::timestamp now) {
    last_ready_ = now;
    const char before = std::exchange(status_, status);
    if (before != status) {
        if (settings_changed_) isolation_.forget();
        isolation_.on_status(status);
        if (!isolation_.is_read_committed() || status == 'E') drop_everything();
    }
    if (status == 'I') settings_changed_ = false;
}

void folder::on_tick(detect::timestamp now) {
    const auto newest = origins_.empty() ? detect::timestamp{} : origins_.back().sent;
    if (groups_.empty() || !batches_.empty() ||
        now - newest < (observes() ? idle_observed_max : idle_max))
        return;
    drop_everything();
}

void folder::drop_everything() {
    found_ = nullptr;
    found_in_.reset();
    written_ = {};
    for (const auto& group : std::exchange(groups_, {}))
        note_loop_end(*group);
    for (auto& batch : batches_)
        abandon(batch);
    origins_.clear();
}

void folder::abandon(batch_under_way& batch) {
    batch.claims.reset();
    batch.receiver.abandon();
}

void folder::drop(const group_ptr& group) {
    note_loop_end(*group);
    for (auto& batch : batches_)
        if (batch.receiver.group() == group) abandon(batch);
    if (found_in_ == group) {
        found_ = nullptr;
        found_in_.reset();
    }
    std::erase(groups_, group);
}

void folder::note_loop_end(answer_group& group) {
    group.count_shared_use();
    if (group.origin) group.origin->record_loop(group.fetched, group.used, group.savepoints);
    group.fetched = group.used = group.savepoints = 0;
}

bool folder::still_true(const freshness::stamp& stamp) const {
    return freshness::database_versions::is_valid(stamp) ||
           (observes() && versions_->catalog().current().known == nullptr);
}

bool folder::can_follow(const freshness::tracked_effects& effects) const {
    return effects.reads != nullptr ||
           (observes() && versions_->catalog().current().known == nullptr);
}

bool folder::is_too_old(const kept_answer& answer, detect::timestamp now) const {
    for (const batch_origin& origin : origins_)
        if (origin.number == answer.batch)
            return !observes() && now - origin.sent > settings_->age_max;
    return false;
}

bool folder::is_fresh(const kept_answer& answer, detect::timestamp now) const {
    for (const batch_origin& origin : origins_)
        if (origin.number == answer.batch)
            return (observes() || now - origin.sent <= settings_->age_max) &&
                   still_true(origin.stamp);
    return false;
}

// ---------------------------------------------------------------- answering

folder::group_ptr folder::group_of(const asked_lookup& asked) const {
    for (const auto& group : groups_)
        if (group->statement() == asked.statement && group->matches(asked)) return group;
    return nullptr;
}

std::shared_ptr<const void> folder::expected(const sql::statement_template* statement,
                                             detect::timestamp now) const {
    if (observes()) return nullptr;
    for (const auto& group : groups_) {
        if (group->statement().get() != statement || group->unused == 0) continue;
        // The latest batch is the last one to be used up.
        const auto& answers = group->answers();
        if (!answers.empty() && is_fresh(answers.back(), now)) return group->prepared;
    }
    return nullptr;
}

decision folder::consider(const asked_lookup& asked, detect::timestamp now) {
    found_ = nullptr;
    found_in_.reset();
    const bool waited = std::exchange(waited_, false);
    auto group = groups_.empty() ? nullptr : group_of(asked);
    if (!group) return consider_shared(asked, nullptr, now);
    const key_tuple key = group->key_of(asked);
    kept_answer* answer = key.empty() ? nullptr : group->find(key);
    if (answer == nullptr && group->describing && is_planned(*group, key)) return decision::wait;
    if (answer == nullptr || answer->state == answer_state::failed)
        return consider_shared(asked, std::move(group), now);
    pool_.end_wait();
    if (!is_fresh(*answer, now)) {
        // A loop that is slower than its answers may be old is no worse a loop: smaller batches
        // will do. One that was never in time is; and so is one that was left, if this is the
        // next.
        const bool was_left =
            group->answered != detect::timestamp{} && now - group->answered > settings_->age_max;
        const bool too_late = !was_left && is_too_old(*answer, now);
        if (too_late) group->origin->record_pace(settings_->age_max);
        if (group->used > 0 && !was_left) group->fetched = group->used;
        drop(group);
        return consider_shared(asked, nullptr, now);
    }
    group->last_use = ++uses_;
    if (observes()) {
        observe_use(*group, *answer);
        return decision::forward;
    }
    waited_ = waited || answer->state == answer_state::asked;
    if (answer->state == answer_state::asked) return decision::wait;
    if (group->answered != detect::timestamp{}) group->origin->record_pace(now - group->answered);
    group->answered = now;
    found_ = answer;
    found_in_ = std::move(group);
    return decision::answer;
}

// What another session of the pool has fetched, or has asked for.
decision folder::consider_shared(const asked_lookup& asked, group_ptr group,
                                 detect::timestamp now) {
    if (observes() || !pool_.is_active() || !asked.statement->foldable.ok) return decision::forward;
    isolation_.adopt_default(pool_.pool()->by_default.load());
    const bool any_view = !versions_->rules().take_what_is_committed;
    if (!isolation_.may_see_latest() && !any_view) return decision::forward;
    for (const auto& candidate : pool_.candidates(asked)) {
        const key_tuple key = key_of(asked, candidate.key_arguments);
        if (key.empty()) continue;
        const auto question = with_key(shared_question(asked, candidate.key_arguments), key);
        const auto found = pool_.find(question, now, settings_->age_max);
        if (found.now == shared_answers::state::asked) {
            if (!pool_.wait(now, found.sent + settings_->age_max)) return decision::forward;
            waited_ = true;
            return decision::wait;
        }
        if (found.now == shared_answers::state::absent) continue;
        if (!isolation_.sees_latest() && !any_view) break;
        if (find_exclusion(settings_->exclude, *asked.statement, who_) != nullptr) break;
        pool_.end_wait();
        return take(asked, candidate, std::move(group), key, found) ? decision::answer
                                                                    : decision::forward;
    }
    pool_.end_wait();
    return decision::forward;
}

// From then on it is kept as if this session had fetched it.
bool folder::take(const asked_lookup& asked, const pool_member::candidate& as, group_ptr group,
                  const key_tuple& key, const shared_answers::found& found) {
    const shared_answer& shared = *found.answer;
    if (group && (!group->form || group->answers().size() > answer_group::answers_max)) {
        drop(group);
        group.reset();
    }
    if (!group) {
        group = std::make_shared<answer_group>(asked, as.key_arguments, as.known, kept_bytes_);
        if (!group->ask_as(asked)) return false;
        add_group(group);
    }
    // What a statement was prepared to bring may not be what it brings to others by now.
    if (!asked.row_description.empty() &&
        with_formats(asked.row_description, *group->form) != *shared.row_description)
        return false;
    if (group->row_description.empty())
        group->row_description = *shared.row_description;
    else if (group->row_description != *shared.row_description)
        return false;
    kept_answer* answer = group->put(key, number_of(found), shared.rows, shared.bytes);
    if (answer == nullptr) return false;
    if (!shared.given.exchange(true)) {
        shared.used->fetch_add(1);
        counters_.batch_keys_used.add();
    }
    group->last_use = ++uses_;
    found_ = answer;
    found_in_ = std::move(group);
    return true;
}

std::uint64_t folder::number_of(const shared_answers::found& found) {
    for (auto it = origins_.rbegin(); it != origins_.rend(); ++it)
        if (it->claim == found.claim) return it->number;
    origins_.push_back({++last_batch_, found.sent, found.stamp, found.claim});
    if (origins_.size() > origins_max) origins_.pop_front();
    return last_batch_;
}

loop_search::shared_sight folder::sight(detect::timestamp now) {
    const bool shared = !observes() && pool_.is_active() && search_.sees_others();
    return {shared ? pool_.pool() : nullptr, who_.connection_id, now};
}

void folder::observe_use(answer_group& group, kept_answer& answer) {
    group.origin->record_observed();
    if (std::exchange(answer.used, true)) return;
    ++group.used;
    --group.unused;
}

bool folder::write_answer(const asked_lookup&, const answer_shape& shape,
                          std::vector<std::byte>& out) {
    if (found_ == nullptr) return false;
    answer_group& group = *found_in_;
    if (group.row_description.empty()) return false;
    append_answer(out, *found_, group.row_description, shape);
    counters_.folded_lookups.add();
    if (!std::exchange(waited_, false)) counters_.round_trips_saved.add();
    if (!std::exchange(found_->used, true)) {
        const bool counted = found_->shared && found_->shared->given.exchange(true);
        if (!counted) counters_.batch_keys_used.add();
        ++group.used;
        --group.unused;
    }
    written_ = {found_, group.row_description};
    return true;
}

// ---------------------------------------------------------------- fetching ahead

folder::group_ptr folder::start_group(const asked_lookup& asked, detect::timestamp now) {
    const auto shared = sight(now);
    auto loop = search_.find(asked, shared);
    if (!loop) return nullptr;
    const association_ptr& known = loop->known;
    const key_origin* origin = &loop->origin;
    const auto positions = key_arguments(*asked.statement, origin->feed);
    if (positions.empty()) return nullptr;
    auto group = std::make_shared<answer_group>(asked, positions, known, kept_bytes_);
    if (!group->ask_as(asked)) return nullptr;
    const key_tuple own = group->key_of(asked);
    if (own.empty()) return nullptr;
    group->question = shared_question(asked, positions);
    group->repeats = repeats_keys(*origin);
    const auto asked_already = group->repeats
                                   ? std::vector<std::uint32_t>()
                                   : search_.asked_already(*asked.statement, *origin, shared);
    auto keys = following_keys(*origin, settings_->keys_max, asked_already);
    // A parent that is itself folded has more rows than the client has seen.
    for (const auto& parent : groups_)
        if (detect::same_statement(*parent->statement(), *known->parent()))
            for (auto& key : keys_of_kept(*parent, origin->feed, settings_->keys_max))
                keys.push_back(std::move(key));
    std::reverse(keys.begin(), keys.end());
    group->planned = std::move(keys);
    if (group->planned.empty()) return nullptr;
    look_up_rewrites(*group, asked);

    for (const auto& older : std::vector(groups_)) {
        if (older->statement() != asked.statement || !older->matches(asked)) continue;
        // What is old by now would be taken for fetched, until it is asked for.
        const auto& kept = older->answers();
        std::uint64_t batch = 0;  // those of one batch are as old
        const bool all_fresh = std::all_of(kept.begin(), kept.end(), [&](const auto& answer) {
            return std::exchange(batch, answer.batch) == answer.batch || is_fresh(answer, now);
        });
        if (all_fresh && older->take_over(*group)) {
            older->last_use = ++uses_;
            return older;
        }
        drop(older);
    }
    add_group(group);
    return group;
}

void folder::add_group(const group_ptr& group) {
    if (groups_.size() >= groups_max)
        drop(*std::min_element(groups_.begin(), groups_.end(), [](const auto& a, const auto& b) {
            return a->last_use < b->last_use;
        }));
    group->last_use = ++uses_;
    groups_.push_back(group);
}

bool folder::plan(const asked_lookup& asked, char status, detect::timestamp now,
                  std::vector<std::byte>& out) {
    if (results_.results().empty() && sight(now).pool == nullptr) return false;
    if (status == 'E' || isolation_.is_serializable() || !asked.statement->foldable.ok)
        return false;
    if (!can_follow(*effects_.of(versions_, *asked.statement))) {
        wants_catalog_ = versions_->catalog().current().known == nullptr;
        search_.note(asked, sight(now));
        return false;
    }
    if (find_exclusion(settings_->exclude, *asked.statement, who_) != nullptr) return false;
    if (batches_.empty()) measured_ = asked.statement;
    auto group = group_of(asked);
    if (group && observes() && group->find(group->key_of(asked)) != nullptr) {
        // Counted by consider(), and as good as answered.
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

bool folder::look_ahead(char status, detect::timestamp now, bool at_server,
                        std::vector<std::byte>& out) {
    const auto group = found_in_;
    if (!group || status == 'E' || isolation_.is_serializable() || group->planned.empty())
        return false;
    if (group->left() > group->chunk / 2) return false;
    if (group->form->needs_statement() && !at_server) return false;
    if (group->row_description.empty()) return false;  // its first batch is still under way
    return send_batch(group, status, now, out);
}

// Which rewrites there are of the text that the group asks with.
void folder::look_up_rewrites(answer_group& group, const asked_lookup& asked) {
    if (observes() || settings_->strategy == fold_strategy::pipeline) return;
    if (group.rewrites && group.rewrites->is_built) return;
    const auto catalog = versions_->catalog().current().known;
    if (catalog)
        group.rewrites = group.origin->rewrites().find(asked, group.key_arguments(), *catalog);
}

batch_order folder::order_for(answer_group& group, char status) {
    batch_order order;
    order.in_transaction = status == 'T';
    order.ask_isolation = !isolation_.is_known();
    association& origin = *group.origin;
    group.chunk = group.chunk == 0
                      ? origin.first_chunk(settings_->keys_max, settings_->age_max)
                      : origin.next_chunk(group.chunk, settings_->keys_max, settings_->age_max);
    order.keys_max = group.chunk;
    if (!group.rewrites || std::min(group.chunk, group.planned.size()) < rewritten_keys_min)
        return order;
    if (!group.rewrites->is_built) {
        if (group.rewrites->is_described()) return order;  // the next loop's text will be built
        // What is forced is worth one more lookup; else the description comes along.
        const bool forced = settings_->strategy == fold_strategy::fold;
        order.describe_child = forced ? batches_.empty() : origin.is_trusted();
        if (forced) group.chunk = order.keys_max = 0;
        group.describing = forced && order.describe_child;
        return order;
    }
    if (settings_->strategy == fold_strategy::automatic && !group.rewrites->keeps_order)
        return order;  // ties would fall in another order: legal, but not what is seen without us
    const strategy_offer offer{.any = group.rewrites->any.query.has_value(),
                               .lateral = group.rewrites->lateral.query.has_value()};
    const auto chosen = origin.strategies().next(settings_->strategy, offer, group.chunk);
    order.strategy = chosen.strategy;
    order.keys_max = chosen.keys_max;
    return order;
}

bool folder::send_batch(const group_ptr& group, char status, detect::timestamp now,
                        std::vector<std::byte>& out) {
    const auto& effects = effects_.of(versions_, *group->statement());
    if (!can_follow(*effects)) return false;
    // Captured before the batch is sent: what is written from here on is noticed.
    auto stamp = freshness::database_versions::capture(effects->reads);
    if (!still_true(stamp)) return false;
    batch_order order = order_for(*group, status);
    order.number = ++last_batch_;
    // Inside a transaction what the server answers is for others only if it is what they would get.
    std::unique_ptr<shared_claims> claims;
    const bool is_committed =
        status == 'I' || isolation_.sees_latest() || !versions_->rules().share_what_is_committed;
    if (!observes() && pool_.is_active() && is_committed)
        claims = pool_.claim_for(*group, stamp, now, settings_->age_max);
    order.claims = claims.get();
    composed_batch batch = compose_batch(*group, order, out);
    if (batch.steps.empty()) return false;
    if (batch.keys > 0) {
        group->origin->record_batch();
        if (order.in_transaction) ++group->savepoints;
        origins_.push_back({order.number, now, std::move(stamp)});
        if (origins_.size() > origins_max) origins_.pop_front();
    }
    if (observes()) {
        outcome_of(batch.strategy, telemetry::batch_outcome::observed).add();
        out.clear();
        return false;
    }
    counters_.batch_keys_fetched.add(batch.keys);
    batches_.push_back({order.number, batch.strategy, batch.keys, now, group->origin,
                        batch_receiver(group, std::move(batch.steps), std::move(batch.rewritten)),
                        isolation_.ask(), std::move(claims)});
    return true;
}

// ---------------------------------------------------------------- what a batch brings

telemetry::counter& folder::outcome_of(batch_strategy strategy, telemetry::batch_outcome outcome) {
    static_assert(static_cast<int>(batch_strategy::count_) ==
                  static_cast<int>(telemetry::batch_kind::count_));
    return counters_.batches[static_cast<std::size_t>(strategy)][static_cast<std::size_t>(outcome)];
}

void folder::count(const batch_under_way& ended) {
    using enum telemetry::batch_outcome;
    const auto outcome = ended.receiver.canceled()       ? canceled
                         : ended.receiver.failures() > 0 ? failed
                         : ended.receiver.abandoned()    ? abandoned
                                                         : completed;
    if (ended.keys > 0) outcome_of(ended.strategy, outcome).add();
}

// A batch behind other requests begins when they have been answered; one by itself has the way
// there and back to go as well. What came in one piece with the answer before it tells nothing.
void folder::record_cost(const batch_under_way& batch, detect::timestamp now) {
    if (batch.receiver.failures() > 0 || batch.receiver.abandoned() || batch.keys == 0) return;
    auto took = now - std::max(batch.sent, last_ready_);
    if (last_ready_ < batch.sent) took -= shortest_answer_.value_or(took);
    if (took > measured_min) batch.origin->strategies().record(batch.strategy, batch.keys, took);
}

// What a rewrite did not bring is asked for as ever.
void folder::settle_rewrite(batch_under_way& batch, rewritten_answers& rewritten,
                            bool cancel_requested) {
    const group_ptr group = batch.receiver.group();
    rewrite_book& book = batch.origin->rewrites();
    if (batch.strategy == batch_strategy::pipeline) {
        if (group) group->describing = false;
        // Behind a lookup that failed, a transaction refuses all that follows: that says nothing.
        if (!rewritten.is_described() && batch.receiver.failures() == 0)
            book.give_up(*rewritten.rewrites(), "the server did not describe it");
        else if (rewritten.is_described())
            book.learn(*rewritten.rewrites(), rewritten.parameter_types(), rewritten.columns());
        return;
    }
    if (rewritten.ok()) return;
    // Canceled by its client it has not been refused. (A timeout cancels as well, and may be its
    // own fault.)
    if (!batch.receiver.canceled() || !cancel_requested)
        batch.origin->strategies().record_failure(batch.strategy, rewritten.failure());
    if (rewritten.is_outdated()) book.forget(*rewritten.rewrites());
    if (!group) return;
    group->rewrites = nullptr;  // for the rest of this loop
    rewritten.give_back_to(*group);
}

// It is told ahead of the rows: who takes them has to know.
void folder::learn_isolation(const batch_under_way& batch) {
    const auto& levels = batch.receiver.settings();
    if (levels.size() != 2 || isolation_.is_known()) return;
    isolation_.learn(batch.isolation, levels[0], levels[1]);
    if (pool_.pool() != nullptr && isolation_.by_default() != isolation_level::unknown)
        pool_.pool()->by_default.store(isolation_.by_default());
}

bool folder::on_batch_message(const protocol::frame& f, detect::timestamp now,
                              bool cancel_requested) {
    if (batches_.empty()) return true;
    batch_under_way& batch = batches_.front();
    batch_receiver& receiver = batch.receiver;
    const bool canceled_before = receiver.canceled();
    receiver.on_message(f);
    if (receiver.canceled() && !canceled_before) canceled_batch_ = batch.sent;
    learn_isolation(batch);
    if (batch.claims && receiver.group()) batch.claims->publish(*receiver.group());
    if (!receiver.complete()) return false;
    count(batch);
    record_cost(batch, now);
    last_ready_ = now;
    if (rewritten_answers* rewritten = receiver.rewritten())
        settle_rewrite(batch, *rewritten, cancel_requested);
    if (receiver.failures() > 0 && receiver.group() && batch.strategy == batch_strategy::pipeline) {
        if (!receiver.canceled() || !cancel_requested) batch.origin->record_failure();
        receiver.group()->planned.clear();
    }
    batches_.pop_front();
    return true;
}

}  // namespace pgfold::fold
