#include "proxy/fold/folder.hpp"

#include <algorithm>

#include "proxy/fold/answer_writer.hpp"
#include "proxy/fold/session_effect.hpp"
#include "proxy/fold/shared_question.hpp"

namespace pgfold::fold {
namespace {

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
      versions_(std::move(versions)),
      counters_(counters),
      who_(who),
      pool_(associations, versions_->catalog().name(), !observes()),
      origins_(*settings_, versions_),
      batches_(counters, isolation_, pool_),
      loops_(settings_->bytes_max, batches_),
      planner_({*settings_, results, versions_, effects, counters, who, pool_, isolation_, origins_,
                batches_, loops_},
               std::move(associations), siblings) {}

// ---------------------------------------------------------------- what makes answers untrue

void folder::on_statement(const sql::statement_template* statement,
                          const freshness::tracked_effects& effects) {
    // Where nothing is served, a query may be taken for what it says: no catalog, no views.
    if (origins_.goes_by_text() && statement != nullptr && statement->is_read() &&
        !statement->calls_volatile)
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
    planner_.record_cost(batches_.on_answer(took));
}

void folder::on_ready(char status, detect::timestamp now) {
    batches_.on_ready(now);
    const char before = std::exchange(status_, status);
    if (before != status) {
        if (settings_changed_) isolation_.forget();
        isolation_.on_status(status);
        if (!isolation_.is_read_committed() || status == 'E') drop_everything();
    }
    if (status == 'I') settings_changed_ = false;
}

void folder::on_tick(detect::timestamp now) {
    if (loops_.all().empty() || !batches_.empty() ||
        now - origins_.newest_sent() < (observes() ? idle_observed_max : idle_max))
        return;
    drop_everything();
}

void folder::drop_everything() {
    found_ = nullptr;
    found_in_.reset();
    written_ = {};
    loops_.drop_all();
    origins_.clear();
}

// ---------------------------------------------------------------- answering

std::shared_ptr<const void> folder::expected(const sql::statement_template* statement,
                                             detect::timestamp now) const {
    if (observes()) return nullptr;
    for (const auto& group : loops_.all()) {
        if (group->statement().get() != statement || group->unused == 0) continue;
        // The latest batch is the last one to be used up.
        const auto& answers = group->answers();
        if (!answers.empty() && origins_.is_fresh(answers.back(), now)) return group->prepared;
    }
    return nullptr;
}

decision folder::consider(const asked_lookup& asked, detect::timestamp now) {
    found_ = nullptr;
    found_in_.reset();
    const bool waited = std::exchange(waited_, false);
    auto group = loops_.find(asked);
    if (!group) return consider_shared(asked, nullptr, now);
    const key_tuple key = group->key_of(asked);
    kept_answer* answer = key.empty() ? nullptr : group->find(key);
    if (answer == nullptr && group->describing && is_planned(*group, key)) return decision::wait;
    if (answer == nullptr || answer->state == answer_state::failed)
        return consider_shared(asked, std::move(group), now);
    pool_.end_wait();
    if (!origins_.is_fresh(*answer, now)) {
        drop_outdated(group, *answer, now);
        return consider_shared(asked, nullptr, now);
    }
    loops_.touch(*group);
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

// A loop that is slower than its answers may be old is no worse a loop: smaller batches will do.
// One that was never in time is; and so is one that was left, if this is the next.
void folder::drop_outdated(const group_ptr& group, const kept_answer& answer,
                           detect::timestamp now) {
    const bool was_left =
        group->answered != detect::timestamp{} && now - group->answered > settings_->age_max;
    const bool too_late = !was_left && origins_.is_too_old(answer, now);
    if (too_late) group->origin->record_pace(settings_->age_max);
    if (group->used > 0 && !was_left) group->fetched = group->used;
    loops_.drop(group);
}

// What another session of the pool has fetched, or has asked for.
decision folder::consider_shared(const asked_lookup& asked, group_ptr group,
                                 detect::timestamp now) {
    if (!pool_.is_active() || !asked.statement->foldable.ok) return decision::forward;
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
        loops_.drop(group);
        group.reset();
    }
    if (!group) {
        group = loops_.make(asked, as.key_arguments, as.known);
        if (!group) return false;
        loops_.add(group);
    }
    // What a statement was prepared to bring may not be what it brings to others by now.
    if (!asked.row_description.empty() &&
        with_formats(asked.row_description, *group->form) != *shared.row_description)
        return false;
    if (group->row_description.empty())
        group->row_description = *shared.row_description;
    else if (group->row_description != *shared.row_description)
        return false;
    kept_answer* answer = group->put(key, origins_.number_of(found), shared.rows, shared.bytes);
    if (answer == nullptr) return false;
    if (!shared.given.exchange(true)) {
        shared.used->fetch_add(1);
        counters_.batch_keys_used.add();
    }
    loops_.touch(*group);
    found_ = answer;
    found_in_ = std::move(group);
    return true;
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

}  // namespace pgfold::fold
