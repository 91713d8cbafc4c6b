#include "tools/analyze/traffic_observer.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::analyze {

traffic_observer::traffic_observer(std::unique_ptr<detect::conversation_observer> inner,
                                   timeline_recorder& timelines, query_habits& habits,
                                   wide_columns& wide)
    : inner_(std::move(inner)), timelines_(timelines), habits_(habits), wide_(wide) {}

void traffic_observer::on_session_start(const detect::session_identity& who, timestamp at) {
    connection_ = who.connection_id;
    timelines_.on_session_start(connection_);
    inner_->on_session_start(who, at);
}

void traffic_observer::on_application_name(std::string_view name) {
    inner_->on_application_name(name);
}

void traffic_observer::on_execution_start(const detect::execution_start& start) {
    if (pending_.size() < pending_max)
        pending_.push_back({start.id, start.statement, query_habits::offset_of(start), start.at});
    wide_.on_statement(start.statement);
    inner_->on_execution_start(start);
}

// Answers come in the order of requests, so it is nearly always the first.
traffic_observer::pending* traffic_observer::find(detect::execution_id id) {
    const auto found = std::find_if(pending_.begin(), pending_.end(),
                                    [&](const pending& one) { return one.id >= id; });
    return found != pending_.end() && found->id == id ? &*found : nullptr;
}

bool traffic_observer::on_row_shape(detect::execution_id id, const detect::row_shape& shape) {
    const bool inner_wants = inner_->on_row_shape(id, shape);
    pending* const asked = find(id);
    if (asked == nullptr) return inner_wants;
    asked->inner_wants = inner_wants;
    asked->sample_left = wide_.on_row_shape(asked->statement, shape) ? rows_sampled : 0;
    return inner_wants || asked->sample_left != 0;
}

bool traffic_observer::on_data_row(detect::execution_id id, std::span<const std::byte> row,
                                   bool truncated) {
    pending* const asked = find(id);
    if (asked == nullptr) return inner_->on_data_row(id, row, truncated);
    if (asked->sample_left != 0) {
        --asked->sample_left;
        wide_.on_data_row(asked->statement, row);
    }
    asked->inner_wants = asked->inner_wants && inner_->on_data_row(id, row, truncated);
    return asked->inner_wants || asked->sample_left != 0;
}

void traffic_observer::on_execution_end(const detect::execution_end& end) {
    // Ends come in the order of starts, but for portals that are fetched from in parts.
    while (!pending_.empty() && pending_.front().id < end.id)
        pending_.pop_front();
    if (!pending_.empty() && pending_.front().id == end.id) {
        const pending found = std::move(pending_.front());
        pending_.pop_front();
        const timestamp start = std::max(found.start, end.began);
        // Before the detector may say that it was a lookup.
        timelines_.on_execution(connection_, end.id, {start, std::max(start, end.at)});
        const auto duration = std::max(end.at - start, std::chrono::nanoseconds(0));
        habits_.on_execution(found.statement, found.offset, end, duration);
        wide_.on_execution(found.statement, end, duration);
    }
    inner_->on_execution_end(end);
}

void traffic_observer::on_ready(char status, detect::execution_id first, detect::execution_id last,
                                timestamp at) {
    inner_->on_ready(status, first, last, at);
}

void traffic_observer::on_session_reset(timestamp at) {
    inner_->on_session_reset(at);
}

void traffic_observer::on_session_end(timestamp at) {
    inner_->on_session_end(at);
    timelines_.on_session_end(connection_);
}

void traffic_observer::on_tick(timestamp at) {
    inner_->on_tick(at);
}

}  // namespace pgfold::analyze
