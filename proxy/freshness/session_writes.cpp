#include "proxy/freshness/session_writes.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::freshness {

using sql::statement_kind;

session_writes::session_writes(std::shared_ptr<database_versions> database,
                               unsettled_writes& unsettled)
    : unsettled_(unsettled), ticket_(std::move(database)) {}

// on_connection_lost() comes first; without it the writes end here.
session_writes::~session_writes() {
    bump_late();
}

namespace {

// Names its tables, so that it is misjudged if they are hidden by temporary ones, which may have
// triggers, or be views.
bool names_tables(statement_kind kind) {
    switch (kind) {
        case statement_kind::select:
        case statement_kind::insert:
        case statement_kind::update:
        case statement_kind::delete_:
        case statement_kind::merge:
        case statement_kind::table_copy:
        case statement_kind::declare_cursor:
        case statement_kind::explain:
        case statement_kind::multiple:
        case statement_kind::ddl:
            return true;
        default:
            return false;
    }
}

}  // namespace

void session_writes::follow(const tracked_effects_ptr& effects, std::string_view gid,
                            std::span<const detect::argument> arguments) {
    bump_late();
    last_forward_ = std::max(last_forward_, last_request_);
    switch (effects->kind) {
        case statement_kind::prepare_transaction:
        case statement_kind::commit_prepared:
        case statement_kind::rollback_prepared:
            return on_two_phase(*effects, gid);
        case statement_kind::rollback_to:
            if (!rules().keep_over_rollback_to) ticket_.forget();
            return;
        default:
            break;
    }
    const bool misjudged = hides_permanent_ && names_tables(effects->kind);
    hides_permanent_ |= effects->found.hides_permanent;
    if (!misjudged && effects->found.writes_nothing() &&
        effects->found.ddl == catalog::catalog_change::none)
        return;
    if (misjudged) ticket_.begin_everything(last_request_);
    const bool keyed = effects->key && !misjudged && keyed_writes_ < keyed_writes_max;
    keyed_writes_ += keyed ? effects->key->parameters.size() : 0;
    const auto written = keyed ? written_with(effects, arguments) : effects;
    if (rules().raise_before_send)
        begin(*written);
    else
        not_begun_.push_back(written);
}

void session_writes::begin(const tracked_effects& effects) {
    if (effects.found.writes_everything)
        ticket_.begin_everything(last_request_);
    else if (!effects.writes.empty())
        ticket_.begin(effects.writes, effects.catalog_generation, last_request_);
    if (effects.found.ddl != catalog::catalog_change::none) ticket_.note_ddl(last_request_);
    if (effects.may_write_role_settings) ticket_.begin_role_settings(last_request_);
}

void session_writes::on_two_phase(const tracked_effects& effects, std::string_view gid) {
    two_phase_.push_back({effects.kind, std::string(gid), last_request_});
    if (effects.kind == statement_kind::prepare_transaction || !rules().keep_prepared) return;
    // The session that prepared it has its own ticket in the registry; this one makes sure that the
    // tables are in flight now, come what may of that.
    auto shared = unsettled_.share_prepared(*ticket_.database(), gid);
    if (shared)
        ticket_.absorb(std::move(*shared), last_request_);
    else if (effects.kind == statement_kind::commit_prepared)
        ticket_.begin_everything(last_request_);
}

void session_writes::on_outcome(std::string_view tag) {
    begin_late();
    if (!two_phase_.empty()) {
        const auto kind = tag == "PREPARE TRANSACTION" ? statement_kind::prepare_transaction
                          : tag == "COMMIT PREPARED"   ? statement_kind::commit_prepared
                          : tag == "ROLLBACK PREPARED" ? statement_kind::rollback_prepared
                                                       : statement_kind::unknown;
        const auto step =
            std::find_if(two_phase_.begin(), two_phase_.end(),
                         [kind](const two_phase_step& s) { return s.kind == kind && !s.done; });
        if (step != two_phase_.end()) step->done = true;
    }
    if (!rules().hold_until_transaction_end) ticket_.end();
}

void session_writes::on_ready(char status, request_number request) {
    bump_late();
    begin_late();
    settled_ = std::max(settled_, request);
    if (status != 'I') return;
    const request_number last = rules().settle_by_request ? request : ~request_number{0};
    settle_two_phase(last);
    settle(last);
}

// What was prepared goes on in the registry. Steps that failed leave nothing: a transaction that
// cannot be prepared is rolled back, one that cannot be committed stays prepared.
void session_writes::settle_two_phase(request_number request) {
    for (const two_phase_step& step : two_phase_) {
        if (step.request > request || !step.done) continue;
        if (step.kind != statement_kind::prepare_transaction) {
            unsettled_.end_prepared(*ticket_.database(), step.gid);
        } else if (!rules().keep_prepared) {
            ticket_.forget(request);
        } else if (!step.gid.empty()) {
            unsettled_.add_prepared(step.gid, ticket_.copy(request));
        }
    }
    std::erase_if(two_phase_, [request](const two_phase_step& s) { return s.request <= request; });
}

void session_writes::settle(request_number request) {
    keyed_writes_ = 0;
    if (ticket_.empty()) return;
    if (rules().end_before_client_hears)
        ticket_.end(request);
    else
        not_bumped_ = ticket_.forget(request);
}

void session_writes::begin_late() {
    for (const tracked_effects_ptr& effects : std::exchange(not_begun_, {}))
        begin(*effects);
}

void session_writes::bump_late() {
    for (table_entry* table : std::exchange(not_bumped_, {}))
        table->bump();
}

void session_writes::on_blind() {
    last_forward_ = ~request_number{0};
    ticket_.begin_everything(last_forward_);
    ticket_.begin_role_settings(last_forward_);
    ticket_.note_ddl(last_forward_);
}

// With nothing outstanding, the server rolls back what is open. Else the last statements may have
// been committed, or may be yet.
void session_writes::on_connection_lost(timestamp now) {
    bump_late();
    begin_late();
    two_phase_.clear();
    const bool outstanding = settled_ + 1 < last_request_ || last_forward_ > settled_;
    if (outstanding)
        unsettled_.add_lost(std::move(ticket_), now);
    else
        ticket_.end();
}

}  // namespace pgfold::freshness
