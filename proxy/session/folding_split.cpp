// Folding, a BEGIN in front of a lookup: the two part where the lookup is to be answered here.
#include <utility>

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

// pgjdbc sends BEGIN under the Sync of the transaction's first statement. What follows it is a
// cycle of its own, before which the server has to hear of the BEGIN.
void session::implementation::note_prefix(std::size_t end) {
    folding_state& fold = *folding_;
    if (fold.cycle_at == folding_state::nowhere || fold.prefix_end != folding_state::nowhere ||
        !fold.missing_at_server.empty() || requests_.size() <= fold.cycle_requests ||
        !requests_.at(requests_.size() - 1).begins)
        return;
    std::size_t i = fold.cycle_requests;
    if (requests_.at(i).kind == request_kind::parse) ++i;
    if (i + 2 != requests_.size() || requests_.at(i).kind != request_kind::bind) return;
    auto parsed = std::move(fold.parsed);
    const std::size_t prefix = requests_.size() - fold.cycle_requests;
    begin_cycle(end);
    fold.prefix_end = end;
    fold.prefix_requests = prefix;
    fold.prefix_parsed = std::move(parsed);
}

void session::implementation::pass_on_prefix(action_list& actions) {
    folding_state& fold = *folding_;
    const std::size_t end = std::exchange(fold.prefix_end, folding_state::nowhere);
    if (end == folding_state::nowhere || end <= fold.passed_on) return;
    if (fold.prefix_parsed) fold.unnamed_at_server = std::move(fold.prefix_parsed);
    actions.push_back(
        {action_kind::send_to_server, fold.read.subspan(fold.passed_on, end - fold.passed_on)});
    fold.passed_on = end;
}

// The BEGIN in front of the lookup goes to the server under a Sync of our own, and the lookup waits
// until it is done. What the client hears is the same, in the same order: one ReadyForQuery, at the
// end, and if the BEGIN fails, nothing but that behind its error.
void session::implementation::split_cycle(action_list& actions) {
    folding_state& fold = *folding_;
    pass_on_prefix(actions);
    auto& bytes = fold.arena.add();
    protocol::message_builder(bytes, protocol::frontend_message::sync);
    requests_.insert_at(fold.cycle_requests++, request_kind::own_split);
    fold.group_open_at_server = false;
    actions.push_back({action_kind::send_to_server, bytes});
}

// The BEGIN of a cycle that was split has failed: the lookup behind it is skipped as well, and the
// ReadyForQuery that was to be ours is the client's.
void session::implementation::join_split_cycle() {
    if (!folding_ || !folding_->waiting) return;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
        const auto kind = requests_.at(i).kind;
        if (kind == request_kind::sync) return;
        if (kind != request_kind::own_split) continue;
        requests_.erase_at(i);
        folding_->waiting_skipped = true;
        return;
    }
}

}  // namespace pgfold::session
