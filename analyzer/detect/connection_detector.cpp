#include "analyzer/detect/connection_detector.hpp"

#include <algorithm>

#include "analyzer/detect/argument_hashes.hpp"
#include "analyzer/detect/example_text.hpp"
#include "analyzer/detect/request_tag.hpp"

namespace pgfold::detect {
namespace {

using sql::statement_kind;

// Loops wait this long for nothing but slow application work; then it is time to look at them.
constexpr std::chrono::milliseconds lull{25};

bool is_followed(const sql::statement_template& statement) {
    if (statement.catalog_only) return false;
    switch (statement.kind) {
        case statement_kind::select:
            return !statement.tables_read.empty() || !statement.tables_written.empty();
        case statement_kind::insert:
        case statement_kind::update:
        case statement_kind::delete_:
        case statement_kind::merge:
            return !statement.tables_written.empty() || !statement.tables_read.empty();
        default:
            return false;
    }
}

}  // namespace

connection_detector::connection_detector(std::shared_ptr<detector_hub::implementation> hub)
    : hub_(std::move(hub)),
      state_{.settings = hub_->current_settings()},
      receiver_(state_, pending_),
      reporter_(hub_, state_) {
    settings_version_ = hub_->settings_version.load(std::memory_order_acquire) - 1;
    refresh_settings();
}

connection_detector::~connection_detector() {
    if (!ended_) reporter_.leave_pool();
}

bool connection_detector::has_shared_results() const {
    const sibling_pool* pool = reporter_.pool();
    return pool != nullptr && pool->has_siblings() && pool->has_results();
}

std::vector<std::shared_ptr<const result_record>> connection_detector::shared_results(
    const sql::statement_template* statement) const {
    if (!has_shared_results()) return {};
    return reporter_.pool()->results_of(statement);
}

void connection_detector::refresh_settings() {
    const std::uint32_t version = hub_->settings_version.load(std::memory_order_acquire);
    if (version == settings_version_) return;
    settings_version_ = version;
    {
        const std::lock_guard lock(hub_->mutex);
        state_.settings = hub_->settings;
        catalog_ = hub_->catalog;
    }
    rules_.rows_min = static_cast<std::uint32_t>(reporter_.lookups_min());
}

void connection_detector::on_session_start(const session_identity& who, timestamp at) {
    state_.who = who;
    state_.now = last_activity_ = at;
    reporter_.join_pool();
}

void connection_detector::on_application_name(std::string_view name) {
    std::string& known = state_.who.application_name;
    if (known == name) return;
    known.assign(name.substr(0, 256));
    if (!reporter_.in_pool()) return;
    reporter_.leave_pool();
    reporter_.join_pool();
}

key_relation connection_detector::relation(const result_column& parent,
                                           const sql::key_comparison& child) const {
    if (!catalog_ || parent.table_oid == 0) return key_relation::unknown;
    return catalog_->relation(state_.who.database, parent.table_oid, parent.attribute, child);
}

// ---------------------------------------------------------------- time, tags, transactions

void connection_detector::note_event(timestamp at) {
    ++state_.event;
    state_.now = std::max(state_.now, at);
    last_activity_ = std::max(last_activity_, at);
}

void connection_detector::follow_time(timestamp at) {
    ++state_.event;
    state_.now = std::max(state_.now, at);
    const auto gap = state_.now - last_activity_;
    last_activity_ = state_.now;
    if (gap < lull || !pending_.empty()) return;
    if (gap > state_.settings->idle_gap) {
        close_all();
    } else {
        settle_in_lull();
    }
    reporter_.expire_waiting(state_.now);
}

void connection_detector::follow_tags(std::string_view comment) {
    if (comment == last_tag_comment_) return;
    last_tag_comment_.assign(comment.substr(0, 2048));
    state_.request = request_hash(comment);
}

void connection_detector::follow_transaction(statement_kind kind) {
    switch (kind) {
        case statement_kind::begin:
            if (state_.window.transaction) return;  // a warning to PostgreSQL, nothing to us
            close_window();
            open_window(true);
            break;
        case statement_kind::commit:
        case statement_kind::rollback:
        case statement_kind::prepare_transaction:
            if (!state_.window.transaction) return;
            // Its lookups have been answered unless they were pipelined with it; then ReadyForQuery
            // closes.
            if (pending_.empty()) {
                close_window();
                open_window(false);
            }
            break;
        default:
            break;
    }
}

void connection_detector::open_window(bool transaction) {
    refresh_settings();
    ++state_.window.id;
    state_.window.transaction = transaction;
}

void connection_detector::close_window() {
    // Parents before children: a loop whose parent is a loop needs that to be proven first.
    for (int round = 0; round < 3; ++round) {
        std::size_t proven = 0;
        for (lookup_series* series : in_window_) {
            const bool before = series->proven();
            settle(*series, false);
            proven += series->proven() != before ? 1 : 0;
        }
        if (proven == 0) break;
    }
    for (lookup_series* series : in_window_) {
        series->owner.in_window_list = false;
        reporter_.report_window(*series);
    }
    in_window_.clear();
}

void connection_detector::close_all() {
    for (int round = 0; round < 3; ++round) {
        std::size_t proven = 0;
        for (const auto& series : series_) {
            const bool before = series->proven();
            settle(*series, true);
            proven += series->proven() != before ? 1 : 0;
        }
        if (proven == 0) break;
    }
    close_window();
    for (const auto& series : series_)
        reporter_.retire(*series, true);
    series_.remove_idle();
    if (series_.empty()) pending_.release_memory();
    receiver_.forget_results();
    open_window(state_.window.transaction);
}

void connection_detector::settle(lookup_series& series, bool closing) {
    if (reporter_.settle(series, closing, *this)) results().reinstate(*series.statement());
}

void connection_detector::settle_in_lull() {
    for (const auto& series : series_) {
        if (series->unsettled() < rules_.rows_min) continue;
        settle(*series, false);
        reporter_.ask_siblings(*series);
    }
}

void connection_detector::on_tick(timestamp now) {
    const auto gap = now - last_activity_;
    if (gap > state_.settings->idle_gap && pending_.empty()) {
        state_.now = std::max(state_.now, now);
        if (!series_.empty() || !results().empty()) close_all();
    } else if (gap > lull && pending_.empty()) {
        settle_in_lull();
    }
    reporter_.expire_waiting(now);
}

void connection_detector::on_session_reset(timestamp at) {
    state_.now = std::max(state_.now, at);
    close_all();
    cursors_.clear();
}

void connection_detector::on_session_end(timestamp at) {
    if (ended_) return;
    state_.now = std::max(state_.now, at);
    close_all();
    ended_ = true;
    reporter_.leave_pool();
    series_.clear();
    pending_.clear();
    receiver_.forget_suspended();
}

void connection_detector::on_ready(char status, execution_id, execution_id last, timestamp at) {
    note_event(at);
    if (newest_execution_ > last)
        return;  // more was sent meanwhile: its own ReadyForQuery will tell
    const bool in_transaction = status != 'I';
    if (in_transaction == state_.window.transaction) return;
    if (in_transaction) {
        // BEGIN came in a form that was not recognized; what it was sent with belongs to it.
        state_.window.transaction = true;
        return;
    }
    close_window();
    open_window(false);
}

// ---------------------------------------------------------------- executions

lookup_series* connection_detector::series_for(const execution_start& start,
                                               std::uint64_t signature) {
    const sql::statement_template& statement = *start.statement;
    if (lookup_series* known = series_.find(statement, signature, state_.request)) return known;
    if (lookup_series* leaving = series_.in_the_way_of(statement)) drop_series(*leaving);
    return series_.add(start.statement, signature, state_.request);
}

void connection_detector::drop_series(lookup_series& series) {
    settle(series, true);
    if (series.owner.in_window_list) reporter_.report_window(series);
    reporter_.retire(series, true);
    std::erase(in_window_, &series);
    series_.remove(series);
}

void connection_detector::note_text(lookup_series& series, const execution_start& start) {
    auto& owner = series.owner;
    if (owner.tag_comment != start.tag_comment)
        owner.tag_comment.assign(start.tag_comment.substr(0, 2048));
    if (owner.example.empty()) owner.example = example_of(start);
    if (!owner.ignored) owner.ignored = is_ignored(start.directive);
}

void connection_detector::on_execution_start(const execution_start& start) {
    follow_time(start.at);
    newest_execution_ = start.id;
    const sql::statement_template& statement = *start.statement;
    follow_transaction(statement.kind);
    if (!is_followed(statement)) {
        follow_cursor(start);
        return;
    }
    if (pending_.full()) return;
    follow_tags(start.tag_comment);
    reporter_.note_siblings();

    const hashed_arguments hashes = hash_arguments(statement, start.arguments);
    lookup_series* series = series_for(start, hashes.signature);
    if (series == nullptr) return;
    note_text(*series, start);
    auto& owner = series->owner;
    owner.last_used = state_.event;
    if (owner.other_arguments != hashes.others) {
        owner.other_arguments_vary = owner.other_arguments != 0;
        owner.other_arguments = hashes.others;
    }
    if (!owner.in_window_list) {
        owner.in_window_list = true;
        in_window_.push_back(series);
    }
    lookup_record lookup;
    lookup.id = start.id;
    lookup.connection_id = state_.who.connection_id;
    lookup.event = state_.event;
    lookup.start = state_.now;
    lookup.arguments = hashes.all;
    lookup.keys = hashes.keys;
    lookup.window = state_.window.id;

    if (series->log_full() && series->log().front().finished) {
        settle(*series, false);
        if (series->log_full()) reporter_.retire(*series, false);
    }
    const std::uint64_t number = series->add(lookup, hashes.kinds, *this);
    if (owner.single_row) receiver_.keep_single_row(*series);
    pending_.push({start.id, series, number, nullptr});
    if (series->wants_settling(*this)) settle(*series, false);
}

void connection_detector::follow_cursor(const execution_start& start) {
    sql::template_ptr fetched = cursors_.follow(start.statement);
    if (fetched && !pending_.full()) pending_.push({start.id, nullptr, 0, std::move(fetched)});
}

bool connection_detector::on_row_shape(execution_id id, const row_shape& shape) {
    return receiver_.on_row_shape(id, shape);
}

bool connection_detector::on_data_row(execution_id id, std::span<const std::byte> row,
                                      bool truncated) {
    return receiver_.on_data_row(id, row, truncated);
}

void connection_detector::on_execution_end(const execution_end& end) {
    note_event(end.at);
    lookup_record* lookup = nullptr;
    lookup_series* series = nullptr;
    if (const auto pending = pending_.take(end.id)) {
        series = pending->series;
        if (series != nullptr) lookup = series->find(pending->number);
    }
    if (lookup != nullptr) {
        lookup->finished = true;
        lookup->skipped = end.skipped;
        lookup->local = end.local;
        lookup->duration =
            std::max(state_.now - std::max(lookup->start, end.began), std::chrono::nanoseconds(0));
        lookup->rows = end.rows;
    }
    if (const stored_result* result = receiver_.on_execution_end(end, series, lookup)) {
        reporter_.share(result->record);
    }
}

}  // namespace pgfold::detect
