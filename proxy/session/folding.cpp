#include "proxy/session/folding.hpp"

#include <exception>

#include "proxy/protocol/startup.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

void session::implementation::fold_client_bytes(std::span<const std::byte> bytes, timestamp now,
                                                action_list& actions) {
    const std::size_t before = actions.size();
    try {
        fold_frontend(bytes, now, actions);
        if (phase_ == session_phase::blind)
            leave_folding(bytes.subspan(std::min(folding_->passed_on, bytes.size())),
                          action_kind::send_to_server, actions);
    } catch (const std::exception&) {
        go_blind(telemetry::failopen_reason::analysis_error, now);
        const bool nothing_sent = actions.size() == before;
        leave_folding(nothing_sent ? bytes : std::span<const std::byte>(),
                      action_kind::send_to_server, actions);
    }
}

void session::implementation::fold_server_bytes(std::span<const std::byte> bytes, timestamp now,
                                                action_list& actions) {
    const std::size_t before = actions.size();
    try {
        fold_backend(bytes, now, actions);
        if (phase_ == session_phase::blind) leave_folding({}, action_kind::send_to_client, actions);
    } catch (const std::exception&) {
        go_blind(telemetry::failopen_reason::analysis_error, now);
        const bool nothing_sent = actions.size() == before;
        leave_folding(nothing_sent ? bytes : std::span<const std::byte>(),
                      action_kind::send_to_client, actions);
    }
}

// Nobody can tell messages apart any more. Where everything that the server still owes is for the
// client, all goes on unseen; where it is not, the connection cannot be saved.
void session::implementation::leave_folding(std::span<const std::byte> rest, action_kind to,
                                            action_list& actions) {
    const auto state = std::move(folding_);
    bool owed = state->waiting;
    for (std::size_t i = 0; i < requests_.size(); ++i)
        owed = owed || is_own(requests_.at(i).kind);
    if (!owed) {
        if (!rest.empty()) actions.push_back({to, rest});
        folding_arena_ = std::move(state->arena);  // actions point into it
        return;
    }
    protocol::error_fields fields;
    fields.sqlstate = "08P01";
    fields.message = "pgfold lost track of the conversation while it fetched rows ahead";
    fields.hint = "Please report this. batch.mode: off avoids it.";
    generated_ = protocol::build_error_response(fields);
    folding_arena_ = std::move(state->arena);
    actions.push_back({action_kind::send_to_client, generated_});
    actions.push_back({action_kind::close_client, {}});
    actions.push_back({action_kind::close_server, {}});
}

}  // namespace pgfold::session
