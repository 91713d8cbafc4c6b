#include "proxy/session/connection_analysis.hpp"

#include <algorithm>
#include <utility>

#include "analyzer/detect/request_tag.hpp"
#include "analyzer/sql/sqlcommenter.hpp"

namespace pgfold::session {
namespace {

// Starts whose end never comes would pile up; the session has a bound of its own below this.
constexpr std::size_t pending_max = 200'000;

// Portals that are fetched from in parts; most that are left unfinished are never gone on with.
constexpr std::size_t suspended_max = 64;

std::string_view route_of(const sql::tag_list& tags) {
    for (const std::string_view wanted : {"route", "controller", "action"})
        for (const auto& [name, value] : tags)
            if (name == wanted) return value;
    return {};
}

}  // namespace

connection_analysis::connection_analysis(std::shared_ptr<const analysis_settings> settings,
                                         statistics::statistics_shard& statistics,
                                         std::unique_ptr<detect::conversation_observer> detector,
                                         telemetry::thread_counters& counters)
    : settings_(std::move(settings)),
      statistics_(statistics),
      detector_(std::move(detector)),
      counters_(counters) {}

template <typename Function>
void connection_analysis::guarded(Function&& run) noexcept {
    if (failed_) return;
    try {
        run();
    } catch (...) {
        failed_ = true;
        counters_.failopen[static_cast<std::size_t>(telemetry::failopen_reason::analysis_error)]
            .add();
    }
}

void connection_analysis::on_session_start(const detect::session_identity& who,
                                           detect::timestamp at) {
    guarded([&] {
        who_ = who;
        if (settings_->tag_by_application_name) tag_.set_fallback(who.application_name);
        untagged_ = statistics_.dimension(who.database, who.user, {});
        if (detector_) detector_->on_session_start(who, at);
    });
}

void connection_analysis::on_application_name(std::string_view name) {
    guarded([&] {
        who_.application_name = name;
        if (settings_->tag_by_application_name) tag_.set_fallback(name);
        if (detector_) detector_->on_application_name(name);
    });
}

statistics::dimension_id connection_analysis::dimension_of(std::string_view tag_comment) {
    if (tag_comment.empty()) return untagged_;
    if (tag_comment != last_comment_) {
        tagged_ =
            statistics_.dimension(who_.database, who_.user, route_of(sql::parse_tags(tag_comment)));
        last_comment_ = tag_comment;
        const std::uint64_t request = detect::request_hash(tag_comment);
        if (request != 0 && std::exchange(last_request_, request) != request)
            statistics_.count_request(tagged_);
    }
    return tagged_;
}

void connection_analysis::on_execution_start(const detect::execution_start& start) {
    guarded([&] {
        const bool about_tag = tag_.follow(start);
        detect::execution_start tagged = start;
        tagged.tag_comment = tag_.comment_for(start.tag_comment);
        if (pending_.size() < pending_max) {
            pending_.push_back(
                {start.id, start.statement, dimension_of(tagged.tag_comment), start.at});
        }
        if (settings_->tally && !about_tag) count(tagged);
        if (detector_) detector_->on_execution_start(tagged);
    });
}

void connection_analysis::count(const detect::execution_start& start) {
    if (!query_tally::is_counted(*start.statement)) return;
    if (counted_ == nullptr || counted_comment_ != start.tag_comment) {
        counted_ = &settings_->tally->of(label_of(sql::parse_tags(start.tag_comment)));
        counted_comment_ = start.tag_comment;
    }
    counted_->fetch_add(1, std::memory_order_relaxed);
}

bool connection_analysis::on_row_shape(detect::execution_id id, const detect::row_shape& shape) {
    bool wanted = false;
    if (detector_) guarded([&] { wanted = detector_->on_row_shape(id, shape); });
    return wanted;
}

bool connection_analysis::on_data_row(detect::execution_id id, std::span<const std::byte> row,
                                      bool truncated) {
    bool wanted = false;
    if (detector_) guarded([&] { wanted = detector_->on_data_row(id, row, truncated); });
    return wanted;
}

void connection_analysis::on_execution_end(const detect::execution_end& end) {
    guarded([&] {
        record_end(end);
        if (detector_) detector_->on_execution_end(end);
    });
}

// Ends come in the order of starts, but for portals with a row limit, which end later if at all.
connection_analysis::pending connection_analysis::take(detect::execution_id id) {
    while (first_ < pending_.size() && pending_[first_].id < id)
        ++first_;
    pending found;
    if (first_ < pending_.size() && pending_[first_].id == id) {
        found = std::move(pending_[first_++]);
    } else {
        const auto it = std::find_if(suspended_.begin(), suspended_.end(),
                                     [id](const pending& p) { return p.id == id; });
        if (it == suspended_.end()) return {};
        found = std::move(*it);
        suspended_.erase(it);
    }
    if (first_ == pending_.size()) {
        pending_.clear();
        first_ = 0;
    } else if (first_ >= 64 && first_ * 2 >= pending_.size()) {
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    return found;
}

void connection_analysis::record_end(const detect::execution_end& end) {
    pending found = take(end.id);
    if (!found.statement || end.skipped) return;
    if (end.suspended) {
        if (suspended_.size() >= suspended_max) suspended_.erase(suspended_.begin());
        suspended_.push_back(std::move(found));
        return;
    }
    // The server's time, or for what pgfold answered itself, the time that the client waited.
    const auto duration =
        std::max(end.at - (end.local ? found.asked : end.began), std::chrono::nanoseconds(0));
    statistics_.record(found.statement, found.where, static_cast<std::uint64_t>(duration.count()),
                       end.rows, end.bytes, !end.sqlstate.empty());
    const bool slow = settings_->slow_after.count() > 0 && duration >= settings_->slow_after;
    if (slow && settings_->on_slow_query)
        settings_->on_slow_query({*found.statement, who_, duration, end.rows});
}

void connection_analysis::on_ready(char status, detect::execution_id first,
                                   detect::execution_id last, detect::timestamp at) {
    guarded([&] {
        tag_.on_ready(status);
        if (detector_) detector_->on_ready(status, first, last, at);
    });
}

void connection_analysis::on_session_reset(detect::timestamp at) {
    guarded([&] {
        tag_.on_reset();
        if (detector_) detector_->on_session_reset(at);
    });
}

void connection_analysis::on_session_end(detect::timestamp at) {
    guarded([&] {
        pending_.clear();
        suspended_.clear();
        first_ = 0;
        if (detector_) detector_->on_session_end(at);
    });
}

void connection_analysis::on_tick(detect::timestamp at) {
    if (detector_) guarded([&] { detector_->on_tick(at); });
}

}  // namespace pgfold::session
