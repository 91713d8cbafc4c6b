// Folding, prepared statements: preparations that are answered here, and what the server has of
// them.
//
// PDO prepares a statement under a new name for each lookup, and deallocates it. Of a lookup that
// is answered here the server sees none of the three. The statement stands in `unsent` then: what
// refers to it goes to the server behind a Parse of our own, and so does whatever might.
#include <algorithm>
#include <utility>

#include "proxy/fold/answer_writer.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

using protocol::backend_message;
using protocol::frontend_message;
using protocol::message_builder;

namespace {

constexpr std::size_t unsent_max = 16;

bool is_among(const std::vector<prepared_statement_ptr>& some, const prepared_statement& one) {
    return std::any_of(some.begin(), some.end(), [&](const auto& s) { return s.get() == &one; });
}

// As far as the message has come.
bool may_refer_to_unnamed(std::span<const std::byte> message) {
    const auto type = static_cast<frontend_message>(message.front());
    const bool binds = type == frontend_message::bind;
    if (!binds && type != frontend_message::describe) return false;
    const auto body = protocol::as_text(
        message.subspan(std::min(message.size(), protocol::frame_reader::header_bytes)));
    const auto portal_end = binds ? body.find('\0') : std::size_t{0};  // or the letter S
    return portal_end == body.npos || portal_end + 1 >= body.size() || body[portal_end + 1] == '\0';
}

void append_parse(std::vector<std::byte>& out, const prepared_statement& statement) {
    message_builder message(out, frontend_message::parse);
    message.write_string(statement.name).write_string(statement.text);
    message.write_uint16(static_cast<std::uint16_t>(statement.declared_types.size()));
    for (const auto type : statement.declared_types)
        message.write_uint32(type);
}

}  // namespace

// A statement that the server lacks is sent ahead of what refers to it. For a message whose
// beginning has been passed on it is too late: pass_on_before() has seen to that.
void session::implementation::note_reference(const prepared_statement_ptr& statement) {
    if (!folding_ || !statement || !folding_->begun_here) return;
    folding_state& fold = *folding_;
    auto& missing = fold.missing_at_server;
    const bool lacks = statement->name.empty()
                           ? statement != fold.parsed && statement != fold.unnamed_at_server
                           : is_among(fold.unsent, *statement);
    if (lacks && !is_among(missing, *statement)) missing.push_back(statement);
}

// The client refers to an unnamed statement that it has no more. Where the Query that dropped it
// was answered here, the server still has one, and must not answer with that.
void session::implementation::note_dropped_unnamed() {
    if (folding_ && folding_->begun_here && folding_->unnamed_dropped)
        folding_->unnamed_to_close = true;
}

bool session::implementation::is_at_server(const prepared_statement& statement) const {
    const folding_state& fold = *folding_;
    if (statement.name.empty()) return &statement == fold.unnamed_at_server.get();
    return statements_.find(statement.name).get() == &statement &&
           !is_among(fold.unsent, statement);
}

// Parse and Describe of the unnamed statement, in a round trip of their own, of what the server's
// unnamed statement is already: lib/pq and asyncpg without a cache ask for it with every lookup.
bool session::implementation::describe_here(std::size_t end, bool synced, timestamp now,
                                            action_list& actions) {
    folding_state& fold = *folding_;
    const std::size_t count = synced ? 3 : 2;
    if (fold.cycle_at == folding_state::nowhere || !fold.answerable || !fold.parsed ||
        requests_.size() != fold.cycle_requests + count || status_ == 'E' || !nothing_before(count))
        return false;
    const auto& known = fold.unnamed_at_server;
    if (requests_.at(fold.cycle_requests).kind != request_kind::parse ||
        requests_.at(fold.cycle_requests + 1).kind != request_kind::describe_statement || !known ||
        !same_preparation(*known, *fold.parsed) || !known->described ||
        fold.folder.expected(known->statement.get(), now) == nullptr)
        return false;
    pass_on(fold.cycle_at, actions);
    auto& bytes = fold.arena.add();
    fold::append_description(bytes, known->parameter_types, known->row_description);
    if (synced) {
        protocol::message_builder(bytes, protocol::backend_message::ready_for_query)
            .write_uint8(static_cast<std::uint8_t>(status_));
        writes_->on_ready(status_, requests_.at(requests_.size() - 1).number);
        if (fold.group_open_at_server) close_group_at_server(actions);
    }
    requests_.pop_back(count);
    statements_.replace("", known);
    fold.parsed.reset();
    fold.passed_on = end;
    fold.cycle_at = folding_state::nowhere;
    fold.in_cycle = !synced;
    actions.push_back({action_kind::send_to_client, bytes});
    if (synced && observer_) observer_->on_ready(status_, 0, 0, now);
    return true;
}

// Parse of a named statement, perhaps with its Describe, in a round trip of its own: the same that
// the loop under way has been asked with, so that the server would take it.
bool session::implementation::prepare_here(std::size_t end, timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    const std::size_t count = requests_.size() - std::min(fold.cycle_requests, requests_.size());
    if (fold.cycle_at == folding_state::nowhere || !fold.answerable || !fold.wanted() ||
        fold.prefix_end != folding_state::nowhere || count < 2 || count > 3 || status_ == 'E' ||
        fold.group_open_at_server || fold.unsent.size() >= unsent_max || !nothing_before(count))
        return false;
    const request& parse = requests_.at(fold.cycle_requests);
    const bool describes = count == 3;
    if (parse.kind != request_kind::parse || parse.name.empty() || parse.previous ||
        !parse.statement || !parse.statement->statement ||
        (describes &&
         requests_.at(fold.cycle_requests + 1).kind != request_kind::describe_statement))
        return false;
    const prepared_statement_ptr made = parse.statement;
    const auto known = std::static_pointer_cast<const prepared_statement>(
        fold.folder.expected(made->statement.get(), now));
    if (!known || !same_meaning(*known, *made) || (describes && !known->described) ||
        statements_.find(made->name) != made)
        return false;
    if (known->described) {
        made->parameter_types = known->parameter_types;
        made->row_description = known->row_description;
        made->has_row_description = made->described = true;
    }
    auto& bytes = fold.arena.add();
    if (describes)
        fold::append_description(bytes, known->parameter_types, known->row_description);
    else
        message_builder(bytes, backend_message::parse_complete);
    fold.unsent.push_back(made);
    fold.missing_at_server.clear();
    fold.passed_on = end;
    fold.cycle_at = folding_state::nowhere;
    fold.in_cycle = false;
    answer_cycle(count, bytes, now, actions);
    return true;
}

// DEALLOCATE or Close of a statement that the server has never seen.
bool session::implementation::forget_here(timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    const std::size_t count = requests_.size() - std::min(fold.cycle_requests, requests_.size());
    if (fold.unsent.empty() || fold.prefix_end != folding_state::nowhere || count == 0 ||
        count > 2 || !nothing_before(count))
        return false;
    request& r = requests_.at(fold.cycle_requests);
    const bool closes = count == 2;
    if (r.kind != (closes ? request_kind::close : request_kind::simple_query) ||
        (closes ? requests_.at(fold.cycle_requests + 1).kind != request_kind::sync
                : status_ == 'E'))
        return false;
    const std::string_view name = closes ? r.name : r.deallocates;
    const auto at = std::find_if(fold.unsent.begin(), fold.unsent.end(),
                                 [&](const auto& s) { return s->name == name; });
    if (name.empty() || at == fold.unsent.end()) return false;
    fold.unsent.erase(at);
    auto& bytes = fold.arena.add();
    if (closes) {
        message_builder(bytes, backend_message::close_complete);
    } else {
        statements_.erase(name);
        fold.unnamed_dropped = true;
        message_builder(bytes, backend_message::command_complete).write_string("DEALLOCATE");
        if (r.observed)
            observer_->on_execution_end({.id = r.execution,
                                         .at = now,
                                         .began = r.sent,
                                         .bytes = bytes.size(),
                                         .command_tag = "DEALLOCATE",
                                         .local = true});
    }
    answer_cycle(count, bytes, now, actions);
    return true;
}

// The cycle's last `count` requests are answered with these bytes, and a ReadyForQuery.
void session::implementation::answer_cycle(std::size_t count, std::vector<std::byte>& bytes,
                                           timestamp now, action_list& actions) {
    message_builder(bytes, backend_message::ready_for_query)
        .write_uint8(static_cast<std::uint8_t>(status_));
    const request& last = requests_.at(requests_.size() - 1);
    const auto id = last.execution;
    writes_->on_ready(status_, last.number);
    requests_.pop_back(count);
    actions.push_back({action_kind::send_to_client, bytes});
    if (observer_) observer_->on_ready(status_, id, id, now);
}

void session::implementation::send_missing(action_list& actions) {
    folding_state& fold = *folding_;
    if (std::exchange(fold.unnamed_to_close, false)) {
        auto& bytes = fold.arena.add();
        message_builder(bytes, frontend_message::close).write_uint8('S').write_string("");
        requests_.insert_at(std::min(fold.cycle_requests++, requests_.size()),
                            request_kind::own_close);
        actions.push_back({action_kind::send_to_server, bytes});
    }
    for (const auto& statement : std::exchange(fold.missing_at_server, {})) {
        auto& bytes = fold.arena.add();
        append_parse(bytes, *statement);
        const std::size_t at = std::min(fold.cycle_requests++, requests_.size());
        requests_.insert_at(at, request_kind::own_parse);
        requests_.at(at).statement = statement;
        if (statement->name.empty())
            fold.unnamed_at_server = statement;
        else
            std::erase(fold.unsent, statement);
        actions.push_back({action_kind::send_to_server, bytes});
    }
}

// What is passed on next may refer to any statement that the client has prepared: EXECUTE, DISCARD,
// a look into pg_prepared_statements. A Sync behind each, so that a Parse that fails fails alone.
void session::implementation::send_unsent(action_list& actions) {
    folding_state& fold = *folding_;
    if (fold.unsent.empty() || status_ == 'E' || skipping_ || fold.group_open_at_server) return;
    for (const auto& statement : std::exchange(fold.unsent, {})) {
        auto& bytes = fold.arena.add();
        append_parse(bytes, *statement);
        message_builder(bytes, frontend_message::sync);
        const std::size_t prefix =
            fold.prefix_end == folding_state::nowhere ? 0 : fold.prefix_requests;
        const std::size_t at = std::min(fold.cycle_requests, requests_.size()) - prefix;
        requests_.insert_at(at, request_kind::own_prepare);
        requests_.at(at).statement = statement;
        requests_.insert_at(at + 1, request_kind::own_sync);
        fold.cycle_requests += 2;
        std::erase(fold.missing_at_server, statement);
        actions.push_back({action_kind::send_to_server, bytes});
    }
}

// The read ends within a message, which is passed on as far as it has come: before anybody knows
// what it refers to.
void session::implementation::pass_on_before(std::size_t message_at, action_list& actions) {
    folding_state& fold = *folding_;
    if (skipping_ || message_at < fold.passed_on || message_at >= fold.read.size()) return;
    const prepared_statement_ptr unnamed = statements_.find("");
    const bool refers = status_ != 'E' && may_refer_to_unnamed(fold.read.subspan(message_at));
    const bool differs = unnamed ? !is_at_server(*unnamed) : fold.unnamed_dropped;
    if (fold.unsent.empty() && !(refers && differs)) return;
    send_unsent(actions);
    pass_on(message_at, actions);
    if (!refers) return;
    fold.cycle_requests = requests_.size();
    fold.begun_here = true;
    if (unnamed)
        note_reference(unnamed);
    else
        note_dropped_unnamed();
    send_missing(actions);
}

// A Parse was refused, or skipped. What has been asked by its name since, a batch included, was
// asked of another statement.
void session::implementation::note_not_prepared(const request& r) {
    folding_->folder.drop_everything();
    const bool own = r.kind != request_kind::parse;
    if (own ? r.statement->name.empty() : r.name.empty())
        folding_->unnamed_at_server.reset();
    else if (own && statements_.find(r.statement->name) == r.statement)
        folding_->unsent.push_back(r.statement);
}

}  // namespace pgfold::session
