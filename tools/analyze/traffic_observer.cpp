#include "tools/analyze/traffic_observer.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::analyze {

traffic_observer::traffic_observer(std::unique_ptr<detect::conversation_observer> inner,
                                   timeline_recorder& timelines, query_habits& habits)
    : inner_(std::move(inner)), timelines_(timelines), habits_(habits) {}

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
    inner_->on_execution_start(start);
}

bool traffic_observer::on_row_shape(detect::execution_id id, const detect::row_shape& shape) {
    return inner_->on_row_shape(id, shape);
}

bool traffic_observer::on_data_row(detect::execution_id id, std::span<const std::byte> row,
                                   bool truncated) {
    return inner_->on_data_row(id, row, truncated);
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
        habits_.on_execution(found.statement, found.offset, end,
                             std::max(end.at - start, std::chrono::nanoseconds(0)));
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
