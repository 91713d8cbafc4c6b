#include "analyzer/detect/connection_detector.hpp"

#include <algorithm>

#include "analyzer/detect/argument_hashes.hpp"
#include "analyzer/detect/example_text.hpp"
#include "analyzer/detect/repetition.hpp"
#include "analyzer/detect/request_tag.hpp"

namespace pgfold::detect {
namespace {

using sql::statement_kind;

// Loops wait this long for nothing but slow application work; then it is time to look at them.
constexpr std::chrono::milliseconds lull{25};
constexpr std::size_t live_repetition_lookups = 1024;  // of an open window, before it is reported
constexpr std::size_t lookups_to_hand_over = 2;
constexpr std::size_t lookups_to_hand_over_in_lull = 8;

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
    : hub_(std::move(hub)), settings_(hub_->current_settings()), results_(settings_->results_kept) {
    settings_version_ = hub_->settings_version.load(std::memory_order_acquire) - 1;
    refresh_settings();
}

connection_detector::~connection_detector() {
    if (pool_ && !ended_) publish(pool_->leave(*settings_, now_, attributes()));
}

void connection_detector::refresh_settings() {
    const std::uint32_t version = hub_->settings_version.load(std::memory_order_acquire);
    if (version == settings_version_) return;
    settings_version_ = version;
    {
        const std::lock_guard lock(hub_->mutex);
        settings_ = hub_->settings;
        catalog_ = hub_->catalog;
    }
    rules_.rows_min = std::max<std::uint32_t>(settings_->min_lookups, 2);
}

void connection_detector::on_session_start(const session_identity& who, timestamp at) {
    who_ = who;
    now_ = last_activity_ = at;
    pool_ = hub_->pool(who_);
    pool_->join();
}

void connection_detector::on_application_name(std::string_view name) {
    if (who_.application_name == name) return;
    who_.application_name.assign(name.substr(0, 256));
    if (!pool_) return;
    publish(pool_->leave(*settings_, now_, attributes()));
    pool_ = hub_->pool(who_);
    pool_->join();
    has_siblings_ = false;
}

bool connection_detector::is_proven_loop(const sql::statement_template& statement) const {
    return std::any_of(series_.begin(), series_.end(), [&](const auto& series) {
        return series->proven() && same_statement(*series->statement(), statement);
    });
}

key_relation connection_detector::relation(const result_column& parent,
                                           const sql::key_comparison& child) const {
    if (!catalog_ || parent.table_oid == 0) return key_relation::unknown;
    return catalog_->relation(who_.database, parent.table_oid, parent.attribute, child);
}

// ---------------------------------------------------------------- time, tags, transactions

void connection_detector::follow_time(timestamp at) {
    ++event_;
    now_ = std::max(now_, at);
    const auto gap = now_ - last_activity_;
    last_activity_ = now_;
    if (gap < lull || !pending_.empty()) return;
    if (gap > settings_->idle_gap) {
        close_all(now_);
    } else {
        settle_in_lull();
    }
    if (pool_ && pool_->has_waiting()) publish(pool_->expire(*settings_, now_, attributes()));
}

void connection_detector::follow_tags(std::string_view comment) {
    if (comment == last_tag_comment_) return;
    last_tag_comment_.assign(comment.substr(0, 2048));
    request_ = request_hash(comment);
}

void connection_detector::follow_transaction(statement_kind kind, timestamp at) {
    switch (kind) {
        case statement_kind::begin:
            if (window_.transaction) return;  // a warning to PostgreSQL, nothing to us
            close_window(at);
            open_window(true);
            break;
        case statement_kind::commit:
        case statement_kind::rollback:
        case statement_kind::prepare_transaction:
            if (!window_.transaction) return;
            // Its lookups have been answered unless they were pipelined with it; then ReadyForQuery
            // closes.
            if (pending_.empty()) {
                close_window(at);
                open_window(false);
            }
            break;
        default:
            break;
    }
}

void connection_detector::open_window(bool transaction) {
    refresh_settings();
    ++window_.id;
    window_.transaction = transaction;
}

void connection_detector::close_window(timestamp) {
    // Parents before children: a loop whose parent is a loop needs that to be proven first.
    for (int round = 0; round < 3; ++round) {
        std::size_t proven = 0;
        for (lookup_series* series : window_.series) {
            const bool before = series->proven();
            settle(*series, false);
            proven += series->proven() != before ? 1 : 0;
        }
        if (proven == 0) break;
    }
    for (lookup_series* series : window_.series) {
        series->owner.in_window_list = false;
        report_window(*series);
    }
    window_.series.clear();
}

void connection_detector::close_all(timestamp at) {
    for (int round = 0; round < 3; ++round) {
        std::size_t proven = 0;
        for (const auto& series : series_) {
            const bool before = series->proven();
            settle(*series, true);
            proven += series->proven() != before ? 1 : 0;
        }
        if (proven == 0) break;
    }
    close_window(at);
    for (const auto& series : series_)
        retire(*series, true);
    std::erase_if(series_, [](const auto& series) { return series->owner.in_flight == 0; });
    if (series_.empty()) {
        series_.shrink_to_fit();
        pending_.release_memory();
    }
    results_.clear();
    receiving_.first_row = {};
    open_window(window_.transaction);
}

void connection_detector::on_tick(timestamp now) {
    if (now - last_activity_ <= settings_->idle_gap || !pending_.empty()) {
        if (now - last_activity_ > lull && pending_.empty()) settle_in_lull();
        if (pool_ && pool_->has_waiting()) publish(pool_->expire(*settings_, now, attributes()));
        return;
    }
    now_ = std::max(now_, now);
    if (!series_.empty() || !results_.empty()) close_all(now);
    if (pool_ && pool_->has_waiting()) publish(pool_->expire(*settings_, now, attributes()));
}

void connection_detector::on_session_reset(timestamp at) {
    now_ = std::max(now_, at);
    close_all(at);
    cursors_.clear();
}

void connection_detector::on_session_end(timestamp at) {
    if (ended_) return;
    now_ = std::max(now_, at);
    close_all(now_);
    ended_ = true;
    if (pool_) publish(pool_->leave(*settings_, now_, attributes()));
    pool_.reset();
    has_siblings_ = false;
    series_.clear();
    pending_.clear();
    suspended_.clear();
}

void connection_detector::on_ready(char status, execution_id, execution_id last, timestamp at) {
    ++event_;
    now_ = std::max(now_, at);
    last_activity_ = std::max(last_activity_, at);
    transaction_status_ = status;
    if (newest_execution_ > last)
        return;  // more was sent meanwhile: its own ReadyForQuery will tell
    const bool in_transaction = status != 'I';
    if (in_transaction == window_.transaction) return;
    if (in_transaction) {
        // BEGIN came in a form that was not recognized; what it was sent with belongs to it.
        window_.transaction = true;
        return;
    }
    close_window(at);
    open_window(false);
}

// ---------------------------------------------------------------- executions

lookup_series* connection_detector::series_for(const execution_start& start,
                                               std::uint64_t signature) {
    const sql::statement_template& statement = *start.statement;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        if (!series_[i]->is(statement, signature, request_)) continue;
        if (i > 3)
            std::rotate(series_.begin(), series_.begin() + static_cast<std::ptrdiff_t>(i),
                        series_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        return i > 3 ? series_.front().get() : series_[i].get();
    }
    std::size_t same = 0;
    std::size_t oldest_same = series_.size();
    std::size_t oldest = series_.size();
    for (std::size_t i = 0; i < series_.size(); ++i) {
        const auto& owner = series_[i]->owner;
        if (owner.in_flight > 0) continue;
        if (oldest == series_.size() || owner.last_used < series_[oldest]->owner.last_used)
            oldest = i;
        if (!same_statement(*series_[i]->statement(), statement)) continue;
        ++same;
        if (oldest_same == series_.size() ||
            owner.last_used < series_[oldest_same]->owner.last_used)
            oldest_same = i;
    }
    if (same >= series_per_statement_max) {
        drop_series(oldest_same);
    } else if (series_.size() >= series_max) {
        if (oldest == series_.size()) return nullptr;
        drop_series(oldest);
    }
    series_.insert(series_.begin(),
                   std::make_unique<lookup_series>(start.statement, signature, request_));
    return series_.front().get();
}

void connection_detector::drop_series(std::size_t position) {
    lookup_series& series = *series_[position];
    settle(series, true);
    if (series.owner.in_window_list) report_window(series);
    retire(series, true);
    std::erase(window_.series, &series);
    series_.erase(series_.begin() + static_cast<std::ptrdiff_t>(position));
}

void connection_detector::note_text(lookup_series& series, const execution_start& start) {
    auto& owner = series.owner;
    if (owner.tag_comment != start.tag_comment)
        owner.tag_comment.assign(start.tag_comment.substr(0, 2048));
    if (owner.example.empty()) {
        owner.example = example_of(start);
        owner.ignored = is_ignored(start.text) || is_ignored(start.tag_comment);
    } else if (!owner.ignored && !start.extended) {
        owner.ignored = is_ignored(start.text);
    }
}

void connection_detector::on_execution_start(const execution_start& start) {
    follow_time(start.at);
    newest_execution_ = start.id;
    const sql::statement_template& statement = *start.statement;
    follow_transaction(statement.kind, start.at);
    if (!is_followed(statement)) {
        follow_cursor(start);
        return;
    }
    if (pending_.full()) return;
    follow_tags(start.tag_comment);
    has_siblings_ = has_siblings_ || (pool_ && pool_->has_siblings());

    const hashed_arguments hashes = hash_arguments(statement, start.arguments);
    lookup_series* series = series_for(start, hashes.signature);
    if (series == nullptr) return;
    note_text(*series, start);
    auto& owner = series->owner;
    owner.last_used = event_;
    if (owner.other_arguments != hashes.others) {
        owner.other_arguments_vary = owner.other_arguments != 0;
        owner.other_arguments = hashes.others;
    }
    if (!owner.in_window_list) {
        owner.in_window_list = true;
        window_.series.push_back(series);
    }
    lookup_record lookup;
    lookup.id = start.id;
    lookup.connection_id = who_.connection_id;
    lookup.event = event_;
    lookup.start = now_;
    lookup.arguments = hashes.all;
    lookup.keys = hashes.keys;
    lookup.window = window_.id;

    if (series->log_full() && series->log().front().finished) {
        settle(*series, false);
        if (series->log_full()) retire(*series, false);
    }
    const std::uint64_t number = series->add(lookup, hashes.kinds, *this);
    if (owner.single_row) keep_single_row(*series);
    pending_.push({start.id, series, number, nullptr});
    if (series->wants_settling(*this)) settle(*series, false);
}

// DECLARE … CURSOR and FETCH: the rows of a cursor count as its statement's.
void connection_detector::follow_cursor(const execution_start& start) {
    const sql::statement_template& statement = *start.statement;
    if (statement.kind == statement_kind::declare_cursor && !statement.tables_read.empty() &&
        !statement.catalog_only) {
        const std::string name(cursor_name(statement.normalized_text));
        if (name.empty()) return;
        std::erase_if(cursors_, [&](const named_cursor& c) { return c.name == name; });
        if (cursors_.size() >= cursors_max) cursors_.erase(cursors_.begin());
        cursors_.push_back({name, start.statement});
        return;
    }
    if (statement.kind != statement_kind::fetch || pending_.full()) return;
    const std::string_view name = cursor_name(statement.normalized_text);
    const auto cursor = std::find_if(cursors_.begin(), cursors_.end(),
                                     [&](const named_cursor& c) { return c.name == name; });
    if (cursor != cursors_.end()) pending_.push({start.id, nullptr, 0, cursor->statement});
}

connection_detector::receiving_result* connection_detector::find_receiving(execution_id id) {
    if (receiving_.id == id) return &receiving_;
    for (auto& suspended : suspended_) {
        if (suspended.id == id) return &suspended;
    }
    return nullptr;
}

bool connection_detector::on_row_shape(execution_id id, const row_shape& shape) {
    const pending_execution* pending = pending_.find(id);
    if (pending == nullptr) return false;
    receiving_.id = id;
    receiving_.series = pending->series;
    receiving_.parent = pending->parent;
    receiving_.result.reset();
    receiving_.rows = 0;
    receiving_.first_row_missing = false;
    receiving_.wanted = true;
    if (pending->series != nullptr) {
        auto& known = pending->series->owner.shape;
        if (!known || !known->same_source(shape.row_description, shape.formats)) {
            known = result_shape::parse(shape.row_description, shape.formats);
        }
        receiving_.wanted = known != nullptr;
        receiving_.shape.reset();
    } else {
        receiving_.shape = result_shape::parse(shape.row_description, shape.formats);
        receiving_.wanted = receiving_.shape != nullptr;
    }
    return receiving_.wanted;
}

bool connection_detector::on_data_row(execution_id id, std::span<const std::byte> row,
                                      bool truncated) {
    receiving_result* receiving = find_receiving(id);
    if (receiving == nullptr || !receiving->wanted) return false;
    ++receiving->rows;
    if (receiving->rows == 1) {
        receiving->first_row.assign(row.begin(), row.end());
        receiving->first_row_missing = truncated;
        return true;
    }
    if (!receiving->result) {
        start_result(*receiving, row, truncated);
        return receiving->wanted;
    }
    if (!receiving->result->record) return false;  // evicted meanwhile
    row_block& rows = receiving->result->record->rows;
    if (truncated) {
        rows.mark_incomplete();
        return true;
    }
    receiving->wanted = rows.append(row, settings_->result_rows_max, settings_->result_bytes_max);
    return receiving->wanted;
}

std::shared_ptr<result_record> connection_detector::make_record(const receiving_result& receiving) {
    const auto& shape =
        receiving.series != nullptr ? receiving.series->owner.shape : receiving.shape;
    auto record = std::make_shared<result_record>(shape);
    record->connection_id = who_.connection_id;
    record->id = receiving.id;
    record->statement =
        receiving.series != nullptr ? receiving.series->statement() : receiving.parent;
    record->request = request_;
    record->arrived = now_;
    return record;
}

void connection_detector::start_result(receiving_result& receiving,
                                       std::span<const std::byte> second_row, bool truncated) {
    auto record = make_record(receiving);
    bool derived = false;
    if (receiving.series != nullptr) {
        if (const pending_execution* pending = pending_.find(receiving.id)) {
            if (const lookup_record* lookup = receiving.series->find(pending->number)) {
                record->keys = lookup->keys;
                derived = lookup->touched;
            }
        }
    }
    const auto append = [&](std::span<const std::byte> row, bool missing) {
        if (missing) {
            record->rows.mark_incomplete();
        } else if (!record->rows.append(row, settings_->result_rows_max,
                                        settings_->result_bytes_max)) {
            receiving.wanted = false;
        }
    };
    append(receiving.first_row, receiving.first_row_missing);
    append(second_row, truncated);
    auto result = std::make_shared<stored_result>(std::move(record));
    result->derived = derived;
    result->visible_from = ++event_;
    result->touched = now_;
    if (receiving.series != nullptr) supersede(*receiving.series, result.get());
    receiving.result = result;
    (void)results_.add(std::move(result));
}

void connection_detector::supersede(const lookup_series& series, const stored_result* newest) {
    if (results_.empty() || series.proven()) return;
    results_.supersede(*series.statement(), request_, event_, newest);
}

// The last answer of one row turns out to be part of a loop: it may be a parent in turn.
void connection_detector::keep_single_row(lookup_series& series) {
    auto& single = series.owner.single_row;
    if (!series.was_touched(single->id)) return;
    auto result = std::make_shared<stored_result>(std::move(single));
    single.reset();
    result->derived = true;
    result->visible_from = 0;
    for (const lookup_record& lookup : series.log()) {
        if (lookup.id == result->record->id) result->visible_from = lookup.event + 1;
    }
    result->touched = now_;
    (void)results_.add(std::move(result));
}

void connection_detector::finish_receiving(receiving_result& receiving, const execution_end& end,
                                           lookup_record* lookup) {
    if (receiving.result) {
        stored_result& result = *receiving.result;
        if (result.record) {
            const std::uint64_t kept = result.record->rows.rows();
            result.rows_left_out = end.rows > kept ? end.rows - kept : 0;
            result.record->arrived = now_;
            if (pool_ && !end.suspended) pool_->publish(result.record, settings_->idle_gap);
        }
        return;
    }
    if (receiving.series == nullptr) return;
    if (receiving.rows != 1 || receiving.first_row_missing || results_.empty() ||
        lookup == nullptr || !receiving.series->has_keys()) {
        receiving.series->owner.single_row.reset();
        supersede(*receiving.series, nullptr);
        return;
    }
    // One row: a parent only where its own statement is a loop.
    auto record = make_record(receiving);
    record->keys = lookup->keys;
    if (!record->rows.append(receiving.first_row, 1, settings_->result_bytes_max)) return;
    if (!lookup->touched) {
        supersede(*receiving.series, nullptr);
        receiving.series->owner.single_row = std::move(record);
        return;
    }
    receiving.series->owner.single_row.reset();
    auto result = std::make_shared<stored_result>(std::move(record));
    result->derived = true;
    result->visible_from = event_;
    result->touched = now_;
    (void)results_.add(std::move(result));
}

void connection_detector::on_execution_end(const execution_end& end) {
    ++event_;
    now_ = std::max(now_, end.at);
    last_activity_ = std::max(last_activity_, end.at);
    lookup_record* lookup = nullptr;
    lookup_series* series = nullptr;
    if (const auto pending = pending_.take(end.id)) {
        series = pending->series;
        if (series != nullptr) lookup = series->find(pending->number);
    }
    if (lookup != nullptr) {
        lookup->finished = true;
        lookup->skipped = end.skipped;
        lookup->duration =
            std::max(now_ - std::max(lookup->start, end.began), std::chrono::nanoseconds(0));
        lookup->rows = end.rows;
    }
    if (receiving_.id == end.id) {
        finish_receiving(receiving_, end, lookup);
        if (end.suspended) {
            if (suspended_.size() >= suspended_max) suspended_.erase(suspended_.begin());
            if (receiving_.series != nullptr && !receiving_.shape)
                receiving_.shape = receiving_.series->owner.shape;
            if (receiving_.series != nullptr) receiving_.parent = receiving_.series->statement();
            suspended_.push_back(receiving_);
            suspended_.back().series = nullptr;  // the series may be gone when the portal goes on
        }
        receiving_.id = 0;
        receiving_.result.reset();
        receiving_.parent.reset();
    } else if (!suspended_.empty()) {
        const auto it = std::find_if(suspended_.begin(), suspended_.end(),
                                     [&](const auto& s) { return s.id == end.id; });
        if (it != suspended_.end()) {
            finish_receiving(*it, end, nullptr);
            if (!end.suspended) suspended_.erase(it);
        }
    } else if (series != nullptr && !results_.empty() && end.sqlstate.empty() && !end.skipped) {
        supersede(*series, nullptr);  // no rows at all
    }
}

// ---------------------------------------------------------------- reports

loop_origin connection_detector::origin_of(const lookup_series& series) const {
    return {
        series.statement(),       who_.database,        who_.user,           who_.application_name,
        series.owner.tag_comment, series.owner.example, series.owner.ignored};
}

void connection_detector::publish(loop_report report) {
    hub_->publish(std::move(report));
}

void connection_detector::publish(std::vector<loop_report> reports) {
    for (auto& report : reports)
        hub_->publish(std::move(report));
}

void connection_detector::settle(lookup_series& series, bool closing) {
    if (series.unsettled() == 0) return;
    const bool was_proven = series.proven();
    const auto proofs = series.settle(closing, *this);
    for (const auto& proof : proofs) {
        publish(report_proof(proof, origin_of(series), attributes()));
        if (!proof.exact && has_siblings_ && pool_) {
            std::vector<lookup_record> context;
            for (const auto& l : proof.lookups)
                context.push_back(l.lookup);
            for (auto& l : context)
                l.settled = true;
            hand_over(series, std::move(context), false);
        }
    }
    if (!was_proven && series.proven()) results_.reinstate(*series.statement());
}

void connection_detector::settle_in_lull() {
    for (const auto& series : series_) {
        if (series->unsettled() < rules_.rows_min) continue;
        settle(*series, false);
        if (series->unsettled() >= lookups_to_hand_over_in_lull && series->has_keys() &&
            has_siblings_ && pool_ && pool_->has_results()) {
            std::vector<lookup_record> lookups;
            for (lookup_record& lookup : series->log()) {
                if (lookup.settled || !lookup.finished) continue;
                lookups.push_back(lookup);
                series->mark_settled(lookup);
            }
            if (!lookups.empty()) hand_over(*series, std::move(lookups), true);
        }
    }
}

void connection_detector::hand_over(lookup_series& series, std::vector<lookup_record> lookups,
                                    bool suspected) {
    std::erase_if(lookups, [](const lookup_record& l) { return l.skipped; });
    if (lookups.empty()) return;
    sibling_pool::handed_run run;
    run.origin = origin_of(series);
    run.signature = series.signature();
    run.request = series.request();
    run.kinds.assign(series.kinds().begin(), series.kinds().end());
    run.lookups = std::move(lookups);
    run.suspected = suspected;
    publish(pool_->hand_over(std::move(run), *settings_, now_, attributes()));
}

// The window is over: what is left of it unexplained is judged by its numbers.
void connection_detector::report_window(lookup_series& series) {
    std::vector<lookup_record*> open;
    for (lookup_record& lookup : series.log()) {
        if (!lookup.settled && !lookup.skipped && lookup.window == window_.id)
            open.push_back(&lookup);
    }
    repetition_state& tally = series.owner.tally;
    if (tally.window != window_.id) tally = {};
    if (open.size() + tally.totals.lookups < rules_.rows_min) return;
    std::vector<lookup_record> lookups;
    for (const lookup_record* lookup : open)
        lookups.push_back(*lookup);
    lookup_totals totals = total(lookups);
    totals.add(tally.totals);
    tally = {};
    const repetition_rules rules{settings_->min_lookups, settings_->suspected_min,
                                 window_.transaction};
    const auto kind = classify_repetition(
        *series.statement(), totals,
        !series.varying_keys().empty() && !series.owner.other_arguments_vary, rules);
    const bool shared = has_siblings_ && pool_ && pool_->has_results() && series.has_keys();
    if (shared && lookups.size() >= lookups_to_hand_over &&
        (!kind || *kind == finding_class::suspected)) {
        for (lookup_record* lookup : open)
            series.mark_settled(*lookup);
        hand_over(series, std::move(lookups), kind.has_value());
        return;
    }
    if (!kind) return;
    for (lookup_record* lookup : open)
        series.mark_settled(*lookup);
    loop_report report = report_repetition(*kind, totals, origin_of(series), series.varying_keys());
    if (attributes()) attribute(report, lookups);
    publish(std::move(report));
}

// Makes room in the log. What leaves it unexplained still counts for its window.
void connection_detector::retire(lookup_series& series, bool all) {
    std::vector<lookup_record> lookups = series.retire(all);
    std::erase_if(lookups, [](const lookup_record& l) { return l.skipped; });
    if (lookups.empty()) return;
    if (has_siblings_ && pool_ && pool_->has_results() && series.has_keys() &&
        lookups.size() >= lookups_to_hand_over) {
        hand_over(series, std::move(lookups), !all);
        return;
    }
    if (all) return;
    repetition_state& tally = series.owner.tally;
    if (tally.window != window_.id) tally = {window_.id, {}};
    std::erase_if(lookups, [&](const lookup_record& l) { return l.window != window_.id; });
    tally.totals.add(total(lookups));
    if (tally.totals.lookups >= live_repetition_lookups) report_window(series);
}

}  // namespace pgfold::detect
