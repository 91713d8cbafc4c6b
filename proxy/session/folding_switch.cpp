// Folding and the cache as the client wants them: its session's switches, and directives in a
// statement's comment.
#include <string>

#include "analyzer/sql/sqlcommenter.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"
#include "proxy/protocol/startup.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

using protocol::backend_message;

namespace {

constexpr std::uint32_t text_oid = 25;

void append_show(std::vector<std::byte>& out, std::string_view name, std::string_view value) {
    protocol::message_builder(out, backend_message::row_description)
        .write_uint16(1)
        .write_string(name)
        .write_uint32(0)  // of no table,
        .write_uint16(0)  // nor column
        .write_uint32(text_oid)
        .write_uint16(0xffff)      // of variable length
        .write_uint32(0xffffffff)  // without a modifier
        .write_uint16(0);          // as text
    protocol::message_builder(out, backend_message::data_row)
        .write_uint16(1)
        .write_uint32(static_cast<std::uint32_t>(value.size()))
        .write_bytes(std::as_bytes(std::span(value)));
}

std::string_view tag_of(setting_command command) {
    switch (command) {
        case setting_command::show:
            return "SHOW";
        case setting_command::reset:
            return "RESET";
        default:
            return "SET";
    }
}

}  // namespace

comment_switches switches_in(std::string_view directive) {
    comment_switches found;
    if (directive.empty()) return found;
    for (const auto& [name, value] : sql::parse_tags(directive)) {
        if (name != "pgfold") continue;
        found.off |= value == "off";
        found.uncached |= value == "nocache";
    }
    return found;
}

// Any statement that is about to run. The switch is thrown whoever answers it: the server takes
// the setting too, as one of an extension that it does not have.
void session::implementation::note_switch(const sql::statement_template& statement,
                                          std::string_view text) {
    using enum sql::statement_kind;
    if (statement.kind != set && statement.kind != reset && statement.kind != show &&
        statement.kind != discard)
        return;
    folding_state& fold = *folding_;
    fold.asked_switch = status_ == 'E' ? std::nullopt : parse_switch_statement(text);
    if (fold.asked_switch) fold.switches.throw_over(*fold.asked_switch, status_ == 'T');
}

// Is the cycle a Query for a switch, to which nobody else has to say anything?
bool session::implementation::is_switch_cycle() const {
    const folding_state& fold = *folding_;
    if (!fold.asked_switch || requests_.size() != fold.cycle_requests + 1) return false;
    if (fold.group_open_at_server) return false;  // which the Query ends
    if (requests_.at(fold.cycle_requests).kind != request_kind::simple_query) return false;
    const auto command = fold.asked_switch->command;
    if (command == setting_command::set_local || command == setting_command::reset_all)
        return false;
    // An error would end a transaction.
    return (fold.asked_switch->is_valid() || status_ == 'I') && nothing_before(1);
}

void session::implementation::answer_switch(timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    const switch_statement asked = *fold.asked_switch;
    const std::string_view name = name_of(asked.which);
    const std::string complaint =
        "parameter \"" + std::string(name) + "\" requires a Boolean value";
    const bool is_show = asked.command == setting_command::show;
    request& r = requests_.at(fold.cycle_requests);
    auto& bytes = fold.arena.add();
    std::string_view tag = tag_of(asked.command), sqlstate;
    if (!asked.is_valid()) {
        sqlstate = "22023";
        tag = {};
        protocol::error_fields fields;
        fields.severity = "ERROR";
        fields.sqlstate = sqlstate;
        fields.message = complaint;
        bytes = protocol::build_error_response(fields);
    } else {
        const bool is_on =
            fold.switches.is_on(asked.which) && (asked.which == own_switch::batch || caching_);
        if (is_show) append_show(bytes, name, is_on ? "on" : "off");
        protocol::message_builder(bytes, backend_message::command_complete).write_string(tag);
    }
    protocol::message_builder(bytes, backend_message::ready_for_query)
        .write_uint8(static_cast<std::uint8_t>(status_));
    if (r.observed)
        observer_->on_execution_end({.id = r.execution,
                                     .at = now,
                                     .began = r.sent,
                                     .rows = is_show ? 1U : 0U,
                                     .bytes = bytes.size(),
                                     .command_tag = tag,
                                     .sqlstate = sqlstate,
                                     .local = true});
    const auto id = r.execution;
    fold.unnamed_dropped = true;
    writes_->on_ready(status_, r.number);
    requests_.pop_back(1);
    actions.push_back({action_kind::send_to_client, bytes});
    if (observer_) observer_->on_ready(status_, id, id, now);
}

}  // namespace pgfold::session
