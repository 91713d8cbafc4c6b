// Folding, the server's side: what answers a batch is kept from the client, all else is passed on.
#include "proxy/protocol/backend/error_response.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

using protocol::backend_message;
using protocol::frame;
using protocol::frame_state;

namespace {

// Rows of a batch that are longer are not kept.
constexpr std::uint32_t own_body_bytes_max = 16 << 20;

bool is_fatal(const frame& f) {
    const auto severity = protocol::error_field(f.body, 'V');
    return severity == "FATAL" || severity == "PANIC";
}

}  // namespace

void session::implementation::fold_backend(std::span<const std::byte> bytes, timestamp now,
                                           action_list& actions) {
    folding_state& fold = *folding_;
    from_server_.feed(bytes);
    std::size_t passed_on = 0;
    const auto pass_on_to = [&](std::size_t end) {
        if (end > passed_on)
            actions.push_back(
                {action_kind::send_to_client, bytes.subspan(passed_on, end - passed_on)});
        passed_on = end;
    };
    const auto position = [&] { return bytes.size() - from_server_.rest().size(); };
    while (phase_ == session_phase::ready) {
        if (!from_server_.pass_rest()) break;
        if (fold.own_frame) passed_on = position();  // what was left of a row that is not kept
        if (from_server_.at_boundary())
            fold.own_frame = !requests_.empty() && is_own(requests_.front().kind);
        const bool own = fold.own_frame;
        if (own) pass_on_to(position());
        const frame f = from_server_.next([&](std::uint8_t type, std::uint32_t body) {
            if (own) return std::size_t{body <= own_body_bytes_max ? body : 0};
            return backend_bytes_wanted(type, body);
        });
        if (own) passed_on = position();
        if (f.state == frame_state::need_more) break;
        if (own && f.state != frame_state::malformed) {
            on_own_reply(f, now, actions);
            // The rest of a body that is not wanted follows its beginning.
            if (from_server_.pass_rest()) {
                fold.own_frame = false;
                passed_on = position();
            } else {
                passed_on = bytes.size();
            }
            continue;
        }
        fold.own_frame = false;
        const auto result =
            f.state == frame_state::malformed ? outcome::malformed : on_backend(f, now);
        if (result == outcome::ok) continue;
        if (result == outcome::malformed)
            counters_
                .protocol_errors[static_cast<std::size_t>(
                    telemetry::protocol_error::malformed_server_message)]
                .add();
        go_blind(telemetry::failopen_reason::malformed_message, now);
    }
    if (!fold.own_frame) pass_on_to(bytes.size());
    settle_waiting(now, actions);
    if (phase_ != session_phase::ready) return;
    load_catalog(now, actions);
    if (caching_) inquire(now, actions);
}

// One message that answers a request of our own.
void session::implementation::on_own_reply(const frame& f, timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    const auto type = static_cast<backend_message>(f.type);
    const bool asynchronous =
        type == backend_message::parameter_status || type == backend_message::notification_response;
    if (asynchronous || (type == backend_message::error_response && is_fatal(f))) {
        auto& copy = fold.arena.add();
        protocol::message_builder(copy, type).write_bytes(f.body);
        if (type == backend_message::error_response && stripper_) positions_.expect({});
        if (type == backend_message::parameter_status) on_parameter_status(f);
        actions.push_back({action_kind::send_to_client, copy});
        return;
    }
    switch (requests_.front().kind) {
        case request_kind::batch: {
            const bool cancel_requested =
                fold.folder.has_batches() && resources_->canceled &&
                resources_->canceled->is_since(fold.folder.oldest_batch_sent());
            if (fold.folder.on_batch_message(f, now, cancel_requested)) pop_request();
            if (fold.folder.take_cancellation())
                fold.cancel_waiting = fold.waiting && cancel_requested;
            break;
        }
        case request_kind::catalog:
            fold.catalog_load->on_message(f, now);
            if (!fold.catalog_load->complete()) break;
            if (fold.catalog_load->wants_all()) fold.folder.note_catalog_outdated();
            fold.catalog_load.reset();
            pop_request();
            break;
        case request_kind::inquiry:
            on_inquiry_reply(f);
            break;
        case request_kind::own_sync:
            if (type == backend_message::ready_for_query) pop_request();
            break;
        case request_kind::own_split: {
            if (type != backend_message::ready_for_query || f.body.size() != 1) break;
            pop_request();
            const char before = std::exchange(status_, static_cast<char>(f.body[0]));
            if (caching_) end_transaction_for_cache(before);
            fold.folder.on_ready(status_, now);
            break;
        }
        case request_kind::own_prepare:
            if (type == backend_message::error_response) note_not_prepared(requests_.front());
            if (type == backend_message::error_response || type == backend_message::parse_complete)
                pop_request();
            break;
        case request_kind::own_cancel:
            if (type == backend_message::command_complete) pop_request();
            if (type != backend_message::error_response) break;
            pop_request();
            pass_on_error(f, now, actions);
            break;
        case request_kind::own_close:
            if (type == backend_message::close_complete) pop_request();
            break;
        case request_kind::own_parse:
            if (type == backend_message::parse_complete) {
                pop_request();
            } else if (type == backend_message::error_response) {
                // What the client sends rests on it: the error is the answer to that.
                expect_position();
                auto& copy = fold.arena.add();
                protocol::message_builder(copy, type).write_bytes(f.body);
                actions.push_back({action_kind::send_to_client, copy});
                skip_to_sync(now);
            }
            break;
        default:
            break;
    }
}

}  // namespace pgfold::session
