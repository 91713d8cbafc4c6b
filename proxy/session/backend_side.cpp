// What the server's messages do to a session.
#include <algorithm>
#include <utility>

#include "proxy/protocol/backend/error_response.hpp"
#include "proxy/protocol/backend/parameter_status.hpp"
#include "proxy/session/client_encoding.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

using protocol::backend_message;
using protocol::frame;
using protocol::frame_reader;
using protocol::frame_state;

namespace {
// RowDescription has at most 1,600 columns; error fields and settings are short. What is longer is
// not looked at.
constexpr std::size_t described_bytes_max = 256 * 1024;
constexpr std::size_t status_bytes_max = 16 * 1024;
}  // namespace

std::size_t session::implementation::backend_bytes_wanted(std::uint8_t type, std::uint32_t body) {
    switch (static_cast<backend_message>(type)) {
        case backend_message::data_row: {
            if (requests_.empty()) return 0;
            const request& r = requests_.front();
            if (r.fill && !r.fill->spoiled && body <= r.fill->choice->entry_bytes_max) return body;
            if (!r.observed || (r.shape_sent && !r.rows_wanted)) return 0;
            return body <= options_.observed_row_bytes_max ? body : 0;
        }
        case backend_message::row_description:
        case backend_message::parameter_description:
            return body <= described_bytes_max ? body : 0;
        case backend_message::command_complete:
        case backend_message::error_response:
        case backend_message::parameter_status:
        case backend_message::backend_key_data:
        case backend_message::ready_for_query:
            return std::min<std::size_t>(body, status_bytes_max);
        default:
            return 0;
    }
}

outcome session::implementation::on_backend(const frame& f, timestamp now) {
    if (!requests_.empty()) requests_.front().bytes += f.body_bytes + frame_reader::header_bytes;
    switch (static_cast<backend_message>(f.type)) {
        case backend_message::data_row:
            return on_data_row(f);
        case backend_message::command_complete:
        case backend_message::empty_query_response:
        case backend_message::portal_suspended:
            return on_completion(f, now);
        case backend_message::ready_for_query:
            return on_ready(f, now);
        case backend_message::row_description:
            return on_row_description(f);
        case backend_message::no_data:
            return on_no_data();
        case backend_message::parameter_description:
            return on_parameter_description(f);
        case backend_message::error_response:
            expect_position();
            return on_error(f, now);
        case backend_message::parse_complete:
            return expect(request_kind::parse);
        case backend_message::bind_complete:
            return expect(request_kind::bind);
        case backend_message::close_complete:
            return expect(request_kind::close);
        case backend_message::copy_in_response:
            return on_copy_in();
        case backend_message::parameter_status:
            on_parameter_status(f);
            return outcome::ok;
        case backend_message::backend_key_data:
            on_backend_key_data(f);
            return outcome::ok;
        case backend_message::notice_response:
            if (!requests_.empty() && requests_.front().fill) requests_.front().fill->spoil();
            expect_position();
            return outcome::ok;
        case backend_message::copy_both_response:  // only replication has it, and that is piped raw
            return outcome::unexpected;
        case backend_message::authentication:
        case backend_message::copy_data:
        case backend_message::copy_done:
        case backend_message::copy_out_response:
        case backend_message::function_call_response:
        case backend_message::negotiate_protocol_version:
        case backend_message::notification_response:
            return outcome::ok;
    }
    return outcome::malformed;
}

// An error or notice has come: which text a position in it would be about.
void session::implementation::expect_position() {
    if (!stripper_) return;
    if (requests_.empty()) return positions_.expect({});
    const request& r = requests_.front();
    positions_.expect(r.statement ? r.statement->cuts : r.cuts);
}

void session::implementation::pop_request() {
    requests_.pop();
    while (!requests_.empty() && requests_.front().kind == request_kind::copy_end)
        requests_.pop();
}

outcome session::implementation::expect(request_kind kind) {
    if (requests_.empty() || requests_.front().kind != kind) return outcome::unexpected;
    pop_request();
    return outcome::ok;
}

void session::implementation::send_shape(request& r, std::span<const std::byte> row_description) {
    r.shape_sent = true;
    if (!r.observed || row_description.empty()) return;
    result_formats::storage storage;
    std::span<const std::int16_t> formats;
    if (r.kind == request_kind::execute) {
        if (!r.formats.known()) return;
        formats = r.formats.expand(storage);
    }
    r.rows_wanted = observer_->on_row_shape(
        r.execution, {.row_description = row_description, .formats = formats});
}

outcome session::implementation::on_row_description(const frame& f) {
    if (requests_.empty()) return outcome::unexpected;
    request& r = requests_.front();
    switch (r.kind) {
        case request_kind::simple_query:
            if (r.fill) r.fill->row_description.assign(f.body.begin(), f.body.end());
            // Of several results under one request nobody could say which row belongs to which.
            if (r.multiple)
                r.shape_sent = true;
            else if (!r.shape_sent)
                send_shape(r, f.body);
            return outcome::ok;
        case request_kind::describe_statement:
        case request_kind::describe_portal:
            if (r.statement && f.state == frame_state::message) {
                auto& known = r.statement->row_description;
                if (!std::equal(known.begin(), known.end(), f.body.begin(), f.body.end()))
                    known.assign(f.body.begin(), f.body.end());
                r.statement->has_row_description = true;
                r.statement->described =
                    r.kind == request_kind::describe_statement && r.parameters_told;
            }
            if (requests_.size() > 1 && requests_.at(1).fill &&
                r.kind == request_kind::describe_portal && f.state == frame_state::message)
                requests_.at(1).fill->row_description.assign(f.body.begin(), f.body.end());
            pop_request();
            return outcome::ok;
        default:
            return outcome::unexpected;
    }
}

outcome session::implementation::on_no_data() {
    if (requests_.empty()) return outcome::unexpected;
    const auto kind = requests_.front().kind;
    if (kind != request_kind::describe_statement && kind != request_kind::describe_portal)
        return outcome::unexpected;
    pop_request();
    return outcome::ok;
}

outcome session::implementation::on_parameter_description(const frame& f) {
    if (requests_.empty() || requests_.front().kind != request_kind::describe_statement)
        return outcome::unexpected;
    if (f.state != frame_state::message) return outcome::ok;
    const auto& statement = requests_.front().statement;
    protocol::byte_reader reader(f.body);
    std::vector<std::uint32_t> types(reader.read_uint16());
    for (auto& type : types)
        type = reader.read_uint32();
    if (!reader.complete()) return outcome::malformed;
    if (statement) statement->parameter_types = std::move(types);
    requests_.front().parameters_told = true;
    return outcome::ok;
}

outcome session::implementation::on_data_row(const frame& f) {
    if (requests_.empty()) return outcome::unexpected;
    request& r = requests_.front();
    if (r.kind != request_kind::execute && r.kind != request_kind::simple_query)
        return outcome::unexpected;
    ++r.rows;
    if (r.fill) r.fill->add_row(f.body, f.state == frame_state::message);
    if (!r.observed) return outcome::ok;
    if (!r.shape_sent) {
        // Named statements are executed without a Describe: the shape is that of an earlier one.
        const bool known = r.statement && r.statement->has_row_description;
        send_shape(r, known ? std::span<const std::byte>(r.statement->row_description)
                            : std::span<const std::byte>());
    }
    if (r.rows_wanted) {
        const bool truncated = f.state != frame_state::message;
        r.rows_wanted = observer_->on_data_row(
            r.execution, truncated ? std::span<const std::byte>() : f.body, truncated);
    }
    return outcome::ok;
}

void session::implementation::finish_execution(request& r, timestamp now, std::string_view tag,
                                               std::string_view sqlstate, bool suspended,
                                               bool skipped) {
    // In a pipeline a request waits for those before it; that is no time of its own.
    const auto began = std::max(r.sent, last_answer_);
    if (!skipped) {
        const auto since = [now](timestamp from) {
            return static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - from).count()));
        };
        counters_.query_duration.record(since(r.sent));
        counters_.upstream_duration.record(since(began));
        last_answer_ = now;
        if (folding_) folding_->folder.on_answer(now - began);
    }
    if (group_first_ == 0) group_first_ = r.execution;
    group_last_ = r.execution;
    if (!r.observed) return;
    observer_->on_execution_end({.id = r.execution,
                                 .at = now,
                                 .began = began,
                                 .rows = r.rows,
                                 .bytes = r.bytes,
                                 .command_tag = tag,
                                 .sqlstate = sqlstate,
                                 .suspended = suspended,
                                 .skipped = skipped});
}

outcome session::implementation::on_completion(const frame& f, timestamp now) {
    if (requests_.empty()) return outcome::unexpected;
    request& r = requests_.front();
    std::string_view tag;
    if (f.type == static_cast<std::uint8_t>(backend_message::command_complete)) {
        protocol::byte_reader reader(f.body);
        tag = reader.read_string();
    }
    const bool suspended = f.type == static_cast<std::uint8_t>(backend_message::portal_suspended);
    copying_in_ = false;
    if (writes_) writes_->on_outcome(tag);
    if (r.fill && caching_) keep_answer(r, tag);
    switch (r.kind) {
        case request_kind::simple_query:
            if (!r.finished && !r.multiple) {
                finish_execution(r, now, tag, {}, false, false);
                r.finished = true;
            }
            follow_command(r, tag, now);
            return outcome::ok;
        case request_kind::execute:
            if (portal* p = portals_.find(r.name); p && p->execution == r.execution) {
                p->rows = r.rows;
                p->bytes = r.bytes;
            }
            finish_execution(r, now, tag, {}, suspended, false);
            follow_command(r, tag, now);
            pop_request();
            return outcome::ok;
        default:
            return outcome::unexpected;
    }
}

void session::implementation::follow_command(const request& r, std::string_view tag,
                                             timestamp now) {
    if (r.setting) settings_.on_done(r.setting->change, tag, r.setting->mark);
    if (tag == "DISCARD ALL") {
        forget_statements();
        portals_.clear();
        if (folding_) folding_->unnamed_at_server.reset();
        if (started_) observer_->on_session_reset(now);
    } else if (tag == "DEALLOCATE ALL") {
        forget_statements();
    } else if (tag == "DEALLOCATE") {
        if (!r.deallocates.empty() && !is_prepared_again(r.deallocates))
            statements_.erase(r.deallocates);
    } else if (tag == "PREPARE") {
        if (r.prepares) statements_.replace(r.prepares->name, r.prepares);
    }
}

void session::implementation::skip_to_sync(timestamp now) {
    std::size_t count = 0;
    const auto ends_group = [](request_kind kind) {
        return kind == request_kind::sync || kind == request_kind::batch ||
               kind == request_kind::catalog || kind == request_kind::own_sync ||
               kind == request_kind::own_split || kind == request_kind::inquiry;
    };
    while (count < requests_.size() && !ends_group(requests_.at(count).kind))
        ++count;
    take_back(count);
    if (folding_ && folding_->waiting)
        folding_->behind_error = requests_.size() < count + folding_->waiting_requests;
    bool unnamed_kept = false;  // at the server, by what it has skipped
    for (std::size_t i = 0; i < count; ++i) {
        request& r = requests_.front();
        if (i > 0 && (r.kind == request_kind::execute || r.kind == request_kind::simple_query))
            finish_execution(r, now, {}, {}, false, true);
        if (folding_ && (r.kind == request_kind::parse || r.kind == request_kind::own_parse))
            note_not_prepared(r);
        unnamed_kept |= r.kind == request_kind::own_close || (i > 0 && r.unnamed_dropped);
        requests_.pop();
    }
    if (folding_ && unnamed_kept && !is_prepared_again("")) folding_->unnamed_dropped = true;
    skipping_ = requests_.empty();
}

outcome session::implementation::on_error(const frame& f, timestamp now) {
    copying_in_ = false;
    settings_.on_error();
    if (writes_) writes_->on_outcome({});
    if (requests_.empty()) return outcome::ok;  // of its own accord: shutdown, time-out
    request& r = requests_.front();
    const auto sqlstate = protocol::error_field(f.body, 'C');
    switch (r.kind) {
        case request_kind::simple_query:
            if (!r.finished) finish_execution(r, now, {}, sqlstate, false, false);
            r.finished = true;
            return outcome::ok;
        case request_kind::function_call:
        case request_kind::sync:  // the implicit transaction's commit failed; ReadyForQuery follows
            return outcome::ok;
        case request_kind::execute:
            finish_execution(r, now, {}, sqlstate, false, false);
            break;
        default:
            break;
    }
    join_split_cycle();
    skip_to_sync(now);
    return outcome::ok;
}

outcome session::implementation::on_ready(const frame& f, timestamp now) {
    if (requests_.empty() || f.body.size() != 1) return outcome::unexpected;
    request& r = requests_.front();
    if (r.kind != request_kind::sync && r.kind != request_kind::simple_query &&
        r.kind != request_kind::function_call)
        return outcome::unexpected;
    if (r.kind == request_kind::simple_query && !r.finished)
        finish_execution(r, now, {}, {}, false, false);
    const auto number = r.number;
    pop_request();
    const char before = std::exchange(status_, static_cast<char>(f.body[0]));
    if (caching_) end_transaction_for_cache(before);
    if (writes_) writes_->on_ready(status_, number);  // before the client hears of it
    settings_.on_ready(status_);
    const auto first = std::exchange(group_first_, 0);
    const auto last = std::exchange(group_last_, 0);
    if (folding_) {
        folding_->folder.on_ready(status_, now);
        if (status_ == 'I') folding_->switches.end_transaction();
    }
    if (observer_) observer_->on_ready(status_, first, last, now);
    if (status_ == 'I') portals_.clear();
    requests_.shrink();
    return outcome::ok;
}

outcome session::implementation::on_copy_in() {
    if (requests_.empty()) return outcome::unexpected;
    // A client may have sent everything in one go: its Syncs up to the end of the data are read,
    // and ignored, by a server that expects COPY data.
    for (std::size_t i = 1; i < requests_.size();) {
        const auto kind = requests_.at(i).kind;
        if (kind == request_kind::copy_end) {
            requests_.erase_at(i);
            return outcome::ok;
        }
        if (kind != request_kind::sync) return outcome::unexpected;
        requests_.erase_at(i);
    }
    copying_in_ = true;
    return outcome::ok;
}

namespace {

// "15.20 (Debian …)" is 150020, "9.6.1" is 90601; 0 where it is not a version.
int version_number(std::string_view text) {
    int parts[3] = {0, 0, 0};
    std::size_t part = 0;
    for (const char c : text) {
        if (c >= '0' && c <= '9' && parts[part] < 10'000)
            parts[part] = parts[part] * 10 + (c - '0');
        else if (c != '.' || ++part == 3)
            break;
    }
    if (parts[0] >= 10) return parts[0] * 10'000 + parts[1];
    return parts[0] * 10'000 + parts[1] * 100 + parts[2];
}

}  // namespace

void session::implementation::on_parameter_status(const frame& f) {
    const auto status = protocol::parse_parameter_status(f.body);
    if (!status) return;
    if (folding_)
        folding_->folder.drop_everything();  // a reload of the server's configuration, say
    settings_.on_parameter_status(status->name, status->value);
    if (status->name == "standard_conforming_strings") {
        text_settings_.standard_conforming_strings = status->value == "on";
    } else if (status->name == "server_version") {
        server_version_ = version_number(status->value);
    } else if (status->name == "in_hot_standby") {
        standby_ = status->value == "on";
        note_standby();
    } else if (status->name == "client_encoding") {
        text_settings_.single_byte_safe_encoding = is_ascii_safe_encoding(status->value);
    } else if (status->name == "application_name") {
        who_.application_name = status->value;
        if (started_) observer_->on_application_name(status->value);
    }
}

void session::implementation::on_backend_key_data(const frame& f) {
    protocol::byte_reader reader(f.body);
    cancel_key key;
    key.process_id = reader.read_uint32();
    const auto secret = reader.read_rest();
    if (!reader.ok() || secret.empty()) return;
    key.secret.assign(secret.begin(), secret.end());
    key_ = std::move(key);
}

}  // namespace pgfold::session
