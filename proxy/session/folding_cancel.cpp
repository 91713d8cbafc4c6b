// A CancelRequest that hits a batch was meant for the lookup that waits for it. So the server is
// made to cancel that one: it says so itself, and a transaction fails as it must.
#include <string_view>
#include <vector>

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

using protocol::frontend_message;

namespace {

constexpr std::string_view cancel_text =
    "SELECT pg_catalog.pg_cancel_backend(pg_catalog.pg_backend_pid())";

void append_cancel(std::vector<std::byte>& out) {
    protocol::message_builder(out, frontend_message::parse)
        .write_string("")
        .write_string(cancel_text)
        .write_uint16(0);
    protocol::message_builder(out, frontend_message::bind)
        .write_string("")
        .write_string("")
        .write_uint16(0)
        .write_uint16(0)
        .write_uint16(0);
    protocol::message_builder(out, frontend_message::execute).write_string("").write_uint32(0);
}

}  // namespace

// Under the Sync of the cycle, or in the text of its Query: what fails it fails all that follows.
void session::implementation::cancel_cycle(std::vector<std::byte>& cycle, bool extended,
                                           action_list& actions) {
    folding_state& fold = *folding_;
    requests_.insert_at(fold.cycle_requests, request_kind::own_cancel);
    ++fold.cycle_requests;
    if (extended) {
        auto& bytes = fold.arena.add();
        append_cancel(bytes);
        actions.push_back({action_kind::send_to_server, bytes});
        return;
    }
    const auto text =
        std::span(fold.waiting_cycle).subspan(fold.lookup.text_at, fold.lookup.text_size);
    cycle.clear();
    protocol::message_builder(cycle, frontend_message::query)
        .write_bytes(std::as_bytes(std::span(cancel_text)))
        .write_bytes(std::as_bytes(std::span(std::string_view(";\n"))))
        .write_bytes(text)
        .write_uint8(0);
    fold.read = cycle;
}

// As if the first message of the client's own had failed.
void session::implementation::pass_on_error(const protocol::frame& f, timestamp now,
                                            action_list& actions) {
    auto& copy = folding_->arena.add();
    protocol::message_builder(copy, protocol::backend_message::error_response).write_bytes(f.body);
    actions.push_back({action_kind::send_to_client, copy});
    if (on_backend(f, now) != outcome::ok)
        go_blind(telemetry::failopen_reason::malformed_message, now);
}

}  // namespace pgfold::session
