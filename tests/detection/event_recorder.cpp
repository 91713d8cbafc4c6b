#include "tests/detection/event_recorder.hpp"

#include <utility>

namespace pgfold::detect::testing {

void event_recorder::add(timestamp at, recorded_body body) {
    now_ = at;
    out_.events.push_back({at, ++order_, std::move(body)});
}

void event_recorder::on_session_start(const session_identity& who, timestamp at) {
    out_.who = who;
    out_.started = out_.ended = now_ = at;
}

void event_recorder::on_application_name(std::string_view name) {
    out_.who.application_name = name;
}

void event_recorder::on_execution_start(const execution_start& start) {
    recorded_start copy{start.id,
                        start.statement,
                        {},
                        std::string(start.text),
                        std::string(start.tag_comment),
                        start.extended,
                        start.named};
    for (const argument& a : start.arguments) {
        copy.arguments.push_back({std::string(a.bytes), a.type_oid, a.format, a.is_null});
    }
    add(start.at, std::move(copy));
}

bool event_recorder::on_row_shape(execution_id id, const row_shape& shape) {
    add(now_, recorded_shape{id,
                             {shape.row_description.begin(), shape.row_description.end()},
                             {shape.formats.begin(), shape.formats.end()}});
    return true;
}

bool event_recorder::on_data_row(execution_id id, std::span<const std::byte> row, bool truncated) {
    add(now_, recorded_row{id, {row.begin(), row.end()}, truncated});
    return true;
}

void event_recorder::on_execution_end(const execution_end& end) {
    add(end.at, recorded_end{end.id, end.began, end.rows, end.bytes, std::string(end.command_tag),
                             std::string(end.sqlstate), end.suspended, end.skipped});
}

void event_recorder::on_ready(char status, execution_id first, execution_id last, timestamp at) {
    add(at, recorded_ready{status, first, last});
}

void event_recorder::on_session_reset(timestamp at) {
    add(at, recorded_reset{});
}

void event_recorder::on_session_end(timestamp at) {
    out_.ended = at;
}

void event_teller::tell(const recorded_event& event, execution_id id_offset,
                        std::chrono::nanoseconds shift) {
    const timestamp at = event.at + shift;
    const auto moved = [&](execution_id id) { return id == 0 ? 0 : id + id_offset; };
    if (const auto* start = std::get_if<recorded_start>(&event.body)) {
        std::vector<argument> arguments;
        for (const auto& a : start->arguments)
            arguments.push_back({a.bytes, a.type_oid, a.format, a.is_null});
        observer_.on_execution_start({moved(start->id), start->statement, arguments, start->text,
                                      start->tag_comment, at, start->extended, start->named});
    } else if (const auto* shape = std::get_if<recorded_shape>(&event.body)) {
        wanted_ = observer_.on_row_shape(moved(shape->id), {shape->row_description, shape->formats})
                      ? shape->id
                      : 0;
    } else if (const auto* row = std::get_if<recorded_row>(&event.body)) {
        if (wanted_ == row->id &&
            !observer_.on_data_row(moved(row->id), row->bytes, row->truncated))
            wanted_ = 0;
    } else if (const auto* end = std::get_if<recorded_end>(&event.body)) {
        observer_.on_execution_end(
            {moved(end->id), at, end->began == timestamp{} ? at : end->began + shift, end->rows,
             end->bytes, end->command_tag, end->sqlstate, end->suspended, end->skipped});
        if (wanted_ == end->id && !end->suspended) wanted_ = 0;
    } else if (const auto* ready = std::get_if<recorded_ready>(&event.body)) {
        observer_.on_ready(ready->status, moved(ready->first), moved(ready->last), at);
    } else {
        observer_.on_session_reset(at);
    }
}

}  // namespace pgfold::detect::testing
