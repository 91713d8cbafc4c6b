#include "proxy/session/folding.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "analyzer/catalog/text_search.hpp"
#include "proxy/freshness/prepared_gid.hpp"
#include "proxy/protocol/startup.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

namespace {

// What a pool says when a connection comes back (asyncpg: SELECT pg_advisory_unlock_all(); CLOSE
// ALL; UNLISTEN *; RESET ALL) does nothing to what is kept, if no setting is to be undone.
bool gives_back(const sql::statement_template* statement,
                const freshness::tracked_effects& effects) {
    using enum sql::statement_kind;
    if (statement == nullptr || !effects.found.writes_nothing() || !statement->tables_read.empty())
        return false;
    const auto is_harmless = [](sql::statement_kind kind) {
        return kind == select || kind == close_cursor || kind == unlisten || kind == reset;
    };
    const auto unlocks = [](const std::string& function) {
        return function == "pg_advisory_unlock_all" ||
               function == "pg_catalog.pg_advisory_unlock_all";
    };
    return std::all_of(statement->kinds.begin(), statement->kinds.end(), is_harmless) &&
           std::all_of(statement->functions.begin(), statement->functions.end(), unlocks);
}

}  // namespace

// Names of databases come from clients, so this waits until the server has let them in.
void session::implementation::begin_folding() {
    versions_ = resources_->versions.database(who_.database);
    note_standby();
    begin_settings();
    writes_ =
        std::make_unique<freshness::session_writes>(versions_, resources_->versions.unsettled());
    if (phase_ == session_phase::replicating) {
        if (options_.replication_sql) writes_->on_blind();
        return;
    }
    // The cache has not learned to do with texts that the server does not see.
    const bool caches =
        !stripper_ && resources_->cache_settings && resources_->cache_settings->is_on();
    if (resources_->settings->mode == fold::fold_mode::off && !caches) return;
    folding_ = std::make_unique<folding_state>(*resources_, versions_, counters_, who_);
    folding_->folder.pool().use_waker(waker_);
    follow_pool(0);
    if (caches) begin_caching();
}

// Roles' settings that were being changed while the session began: nobody knows which it has got.
void session::implementation::begin_settings() {
    const std::uint64_t word = resources_->versions.role_settings().load();
    const bool certain =
        word == options_.role_settings && !freshness::table_entry::has_writers(word);
    settings_.begin(who_.user + '\0' + options_.startup_settings + '\0' + std::to_string(word),
                    certain ? std::nullopt : std::optional(who_.connection_id));
}

bool session::implementation::follow_settings(request& r, const sql::template_ptr& analyzed,
                                              const freshness::tracked_effects& effects,
                                              std::string_view text) {
    const sql::statement_template* statement = analyzed.get();
    if (statement != nullptr && statement->kind == sql::statement_kind::select &&
        effects.is_plain_read && !statement->calls_volatile)
        return false;
    auto change = setting_change_of(statement, effects, text, arguments_);
    if (change.effect == setting_effect::none) return false;
    if (change.effect == setting_effect::unknown) {
        if (!put_off(analyzed)) settings_.on_unknown();
        return false;
    }
    const bool undoes_nothing = change.effect == setting_effect::reset_all &&
                                settings_.is_as_begun() && gives_back(statement, effects);
    r.setting = std::make_unique<sent_setting>(sent_setting{std::move(change), settings_.mark()});
    return undoes_nothing;
}

// While the catalog is not known, each read may call anything. That is no reason to give a session
// up: which functions there are will be known in a moment.
bool session::implementation::put_off(const sql::template_ptr& statement) {
    using enum sql::statement_kind;
    auto& catalog = versions_->catalog();
    if (statement == nullptr || catalog.current().known != nullptr) return false;
    switch (statement->kind) {
        case select:
        case values:
        case insert:
        case update:
        case delete_:
        case merge:
            break;
        default:
            return false;
    }
    const auto sets = [](const std::string& function) { return function.ends_with("set_config"); };
    if (std::any_of(statement->functions.begin(), statement->functions.end(), sets)) return false;
    const std::uint64_t generation = catalog.generation();
    const auto same = [&](const unjudged_statement& one) {
        return one.statement == statement && one.generation == generation;
    };
    if (std::any_of(unjudged_.begin(), unjudged_.end(), same)) return true;
    if (unjudged_.size() >= unjudged_max) return false;
    unjudged_.push_back({statement, generation});
    return true;
}

// False: what was sent before the catalog was known cannot be judged yet.
bool session::implementation::judge_settings() {
    if (unjudged_.empty()) return true;
    const auto& catalog = versions_->catalog();
    if (catalog.current().known == nullptr) return false;
    for (const auto& [statement, generation] : std::exchange(unjudged_, {}))
        // Known since, and nothing has changed it in between.
        if (generation + 1 != catalog.generation() ||
            resources_->effects.of(versions_, *statement)->found.writes_everything)
            settings_.on_unknown();
    return true;
}

std::optional<sql::hash128> session::implementation::settings_value(const sql::keyed_hash& hash) {
    return judge_settings() ? settings_.value(hash) : std::nullopt;
}

// Before the statement is sent: what it may write, and what it makes of answers that are kept.
void session::implementation::follow_effects(request& r, const sql::template_ptr& analyzed,
                                             std::string_view text) {
    const sql::statement_template* statement = analyzed.get();
    if (!writes_) return;
    using enum sql::statement_kind;
    freshness::tracked_effects_ptr made;
    if (statement == nullptr)
        made = r.kind == request_kind::function_call ? freshness::function_call_effects(*versions_)
                                                     : freshness::unknown_effects(*versions_, text);
    const freshness::tracked_effects_ptr& effects =
        statement != nullptr ? resources_->effects.of(versions_, *statement) : std::as_const(made);
    const bool two_phase = effects->kind == prepare_transaction ||
                           effects->kind == commit_prepared || effects->kind == rollback_prepared;
    const auto gid = two_phase ? freshness::prepared_gid(text) : std::nullopt;
    // What EXECUTE is given gets the types that PREPARE has declared, which nobody has looked at.
    const bool typed = effects->key && !effects->is_plain_read &&  // whose key nobody asks for here
                       !catalog::contains_folded(text, "execute");
    writes_->on_forward(effects, gid ? std::string_view(*gid) : std::string_view(),
                        typed ? std::span<const detect::argument>(arguments_)
                              : std::span<const detect::argument>());
    r.reads_only = effects->is_plain_read && statement != nullptr &&
                   statement->kind == sql::statement_kind::select;
    const bool changes_nothing = follow_settings(r, analyzed, *effects, text);
    if (caching_) follow_for_cache(statement, *effects);
    if (folding_ && !changes_nothing) folding_->folder.on_statement(statement, *effects);
}

// What its statements do has been told before.
void session::implementation::number_request(request& r) {
    if (writes_) r.number = writes_->on_request_sent();
}

// While nothing else is under way.
void session::implementation::load_catalog(timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    const bool wanted = fold.folder.wants_catalog();
    const bool due =
        (caching_ || fold.folder.relies_on_catalog()) && now >= fold.catalog_recheck_at;
    if ((!wanted && !due) || !requests_.empty() || status_ != 'I' || fold.in_cycle ||
        fold.waiting || skipping_ || !from_client_.at_boundary())
        return;
    fold.folder.note_catalog_asked();
    fold.catalog_recheck_at = now + fold::catalog_claims::recheck_interval / 4;
    if (server_version_ < catalog::server_version_min) return;

    using fold::catalog_question;
    const auto current = versions_->catalog().current().known;
    const auto known = current != nullptr ? current : versions_->catalog().previous();
    if (known != nullptr && known->stamp().empty()) return;
    const auto question = current != nullptr ? catalog_question::recheck
                          : known != nullptr ? catalog_question::compare
                                             : catalog_question::load;
    auto claim = resources_->catalog_claims->take(versions_->catalog().name(), question, now);
    if (claim == nullptr) return;
    fold.catalog_load =
        std::make_unique<fold::catalog_load>(versions_, std::move(claim), server_version_, known);
    auto& bytes = fold.arena.add();
    fold.catalog_load->append_request(bytes);
    requests_.push(request_kind::catalog);
    actions.push_back({action_kind::send_to_server, bytes});
}

// ParameterStatus says so since PostgreSQL 14; before, nobody knows.
void session::implementation::note_standby() {
    if (!standby_)
        on_standby_.reset();
    else if (versions_ && !on_standby_)
        on_standby_.emplace(versions_);
}

void session::implementation::fold_client_bytes(std::span<const std::byte> bytes, timestamp now,
                                                action_list& actions) {
    const std::size_t before = actions.size();
    try {
        fold_frontend(bytes, now, actions);
        if (phase_ == session_phase::blind)
            leave_folding(bytes.subspan(std::min(folding_->passed_on, bytes.size())),
                          action_kind::send_to_server, actions);
    } catch (const std::exception&) {
        go_blind(telemetry::failopen_reason::analysis_error, now);
        const bool nothing_sent = actions.size() == before;
        leave_folding(nothing_sent ? bytes : std::span<const std::byte>(),
                      action_kind::send_to_server, actions);
    }
    strip_actions(before, actions);
}

void session::implementation::fold_server_bytes(std::span<const std::byte> bytes, timestamp now,
                                                action_list& actions) {
    const std::size_t before = actions.size();
    try {
        fold_backend(bytes, now, actions);
        if (phase_ == session_phase::blind) leave_folding({}, action_kind::send_to_client, actions);
    } catch (const std::exception&) {
        go_blind(telemetry::failopen_reason::analysis_error, now);
        const bool nothing_sent = actions.size() == before;
        leave_folding(nothing_sent ? bytes : std::span<const std::byte>(),
                      action_kind::send_to_client, actions);
    }
    strip_actions(before, actions);
}

// Nobody can tell messages apart any more. Where everything that the server still owes is for the
// client, all goes on unseen; where it is not, the connection cannot be saved.
void session::implementation::leave_folding(std::span<const std::byte> rest, action_kind to,
                                            action_list& actions) {
    const auto state = std::move(folding_);
    for (std::size_t i = 0; i < requests_.size(); ++i)
        requests_.at(i).fill.reset();  // nobody is to wait for it
    folding_held_ = std::move(caching_);
    bool owed = state->waiting;
    for (std::size_t i = 0; i < requests_.size(); ++i)
        owed = owed || is_own(requests_.at(i).kind);
    if (!owed) {
        if (!rest.empty()) actions.push_back({to, rest});
        folding_arena_ = std::move(state->arena);  // actions point into it
        return;
    }
    protocol::error_fields fields;
    fields.sqlstate = "08P01";
    fields.message = "pgfold lost track of the conversation while it fetched rows ahead";
    fields.hint = "Please report this. batch.mode: off avoids it.";
    generated_ = protocol::build_error_response(fields);
    folding_arena_ = std::move(state->arena);
    actions.push_back({action_kind::send_to_client, generated_});
    actions.push_back({action_kind::close_client, {}});
    actions.push_back({action_kind::close_server, {}});
}

// What is ours as well as the client's: texts that are fetched ahead are those of its lookups, and
// stand between messages of its own.
void session::implementation::strip_actions(std::size_t from, action_list& actions) {
    if (!stripper_) return;
    byte_arena& arena = folding_ ? folding_->arena : folding_arena_;
    const auto keep = [&](std::span<const std::byte> bytes) {
        auto& copy = arena.add();
        copy.assign(bytes.begin(), bytes.end());
        return std::span<const std::byte>(copy);
    };
    for (std::size_t i = from; i < actions.size(); ++i) {
        action& a = actions[i];
        if (a.kind == action_kind::send_to_server)
            a.bytes = keep(stripper_->filter(a.bytes, analyzer_, text_settings_));
        else if (a.kind == action_kind::send_to_client)
            a.bytes = keep(positions_.filter(a.bytes));
    }
    std::erase_if(actions, [](const action& a) {
        return a.bytes.empty() &&
               (a.kind == action_kind::send_to_server || a.kind == action_kind::send_to_client);
    });
}

}  // namespace pgfold::session
