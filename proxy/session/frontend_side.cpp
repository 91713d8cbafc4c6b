// What the client's messages do to a session.
#include <algorithm>
#include <utility>

#include "analyzer/sql/transaction_control.hpp"
#include "proxy/protocol/frontend/bind.hpp"
#include "proxy/protocol/frontend/describe.hpp"
#include "proxy/protocol/frontend/execute.hpp"
#include "proxy/protocol/frontend/parse.hpp"
#include "proxy/protocol/frontend/query.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"
#include "proxy/session/sql_prepared.hpp"
#include "proxy/session/statement_name.hpp"
#include "proxy/session/stripped_text.hpp"

namespace pgfold::session {

using protocol::frame;
using protocol::frame_state;
using protocol::frontend_message;

namespace {

telemetry::query_kind kind_of(sql::statement_kind kind) {
    if (sql::is_transaction_control(kind)) return telemetry::query_kind::transaction;
    using enum sql::statement_kind;
    switch (kind) {
        case select:
        case values:
            return telemetry::query_kind::select;
        case insert:
            return telemetry::query_kind::insert;
        case update:
            return telemetry::query_kind::update;
        case delete_:
            return telemetry::query_kind::delete_;
        case table_copy:
            return telemetry::query_kind::copy;
        case unknown:
        case empty:
        case multiple:
        case merge:
            return telemetry::query_kind::other;
        default:
            return telemetry::query_kind::utility;
    }
}

// The text of a prefix: up to its zero byte, or all of it where that has been cut off.
std::string_view leading_string(protocol::byte_span body) {
    const auto text = protocol::as_text(body);
    return text.substr(0, text.find('\0'));
}

}  // namespace

std::size_t session::implementation::frontend_bytes_wanted(std::uint8_t type,
                                                           std::uint32_t body) const {
    switch (static_cast<frontend_message>(type)) {
        case frontend_message::query:
        case frontend_message::parse:
        case frontend_message::bind:
        case frontend_message::describe:
        case frontend_message::execute:
        case frontend_message::close:
            return std::min<std::size_t>(body, options_.assembled_message_bytes_max);
        default:
            return 0;
    }
}

outcome session::implementation::on_frontend(const frame& f, timestamp now) {
    const auto type = static_cast<frontend_message>(f.type);
    if (requests_.size() >= options_.requests_outstanding_max) {
        go_blind(telemetry::failopen_reason::queue_full, now);
        return outcome::ok;
    }
    if (skipping_) {
        // The server reads on to the Sync and answers nothing before it.
        if (type == frontend_message::sync) {
            skipping_ = false;
            number_request(requests_.push(request_kind::sync));
        }
        return outcome::ok;
    }
    if (copying_in_) {
        switch (type) {
            case frontend_message::copy_data:
            case frontend_message::flush:  // ignored by a server that reads COPY data, as is Sync
            case frontend_message::sync:
            case frontend_message::terminate:
                return outcome::ok;
            case frontend_message::copy_done:
            case frontend_message::copy_fail:
                copying_in_ = false;
                return outcome::ok;
            default:
                return outcome::unexpected;
        }
    }
    switch (type) {
        case frontend_message::query:
            return on_query(f, now);
        case frontend_message::parse:
            return on_parse(f);
        case frontend_message::bind:
            return on_bind(f);
        case frontend_message::describe:
            return on_describe(f);
        case frontend_message::execute:
            return on_execute(f, now);
        case frontend_message::close:
            return on_close(f);
        case frontend_message::sync:
            number_request(requests_.push(request_kind::sync));
            return outcome::ok;
        case frontend_message::function_call:
            follow_effects(requests_.push(request_kind::function_call), nullptr, {});
            number_request(requests_.at(requests_.size() - 1));
            return outcome::ok;
        case frontend_message::copy_done:
        case frontend_message::copy_fail:
            on_copy_end();
            return outcome::ok;
        case frontend_message::copy_data:
        case frontend_message::flush:
        case frontend_message::terminate:
        case frontend_message::password:
            return outcome::ok;
    }
    return outcome::malformed;
}

void session::implementation::start_execution(request& r, const sql::template_ptr& statement,
                                              const statement_text& said, bool named,
                                              timestamp now) {
    ++queries_;
    r.sent = now;
    r.execution = ++last_execution_;
    r.query_kind = statement ? kind_of(statement->kind) : telemetry::query_kind::other;
    r.begins = statement && statement->kind == sql::statement_kind::begin;
    counters_.queries[static_cast<std::size_t>(r.query_kind)].add();
    if (writes_) follow_effects(r, statement, said.text);
    if (!statement || !observer_) return;
    if (current_ != statement) current_ = statement;
    r.observed = true;
    observer_->on_execution_start({.id = r.execution,
                                   .statement = statement,
                                   .arguments = arguments_,
                                   .text = said.text,
                                   .tag_comment = said.tag_comment,
                                   .at = now,
                                   .extended = r.kind == request_kind::execute,
                                   .named = named,
                                   .directive = said.directive});
}

outcome session::implementation::on_query(const frame& f, timestamp now) {
    arguments_.clear();
    sql::analysis found;
    std::string_view text;
    if (f.state == frame_state::prefix) {
        counters_.failopen[static_cast<std::size_t>(telemetry::failopen_reason::message_too_long)]
            .add();
    } else {
        const auto query = protocol::parse_query(f.body);
        if (!query) return outcome::malformed;
        text = *query;
        if (options_.analyze) found = analyze(text);
    }
    request& r = requests_.push(request_kind::simple_query);
    if (found.statement) {
        r.multiple = found.statement->kind == sql::statement_kind::multiple;
        if (found.statement->kind == sql::statement_kind::deallocate)
            r.deallocates = deallocated_name(found.statement->normalized_text);
        for (const auto& literal : found.literals)
            arguments_.push_back({.bytes = text.substr(literal.offset, literal.length),
                                  .format = detect::argument_format::literal});
    }
    if (stripper_ && found.statement && !found.tag_comment.empty())
        r.cuts = strip_comments(text, found).cuts;
    const statement_text said{text, found.tag_comment, found.directive};
    if (found.statement && found.statement->kind == sql::statement_kind::execute) {
        if (auto executed = executed_by(text, text_settings_, statements_, arguments_)) {
            start_execution(r, executed->statement, said, true, now);
            number_request(r);
            return outcome::ok;
        }
    }
    note_lookup(r, found.statement, found.literals, text, found.directive);
    start_execution(r, found.statement, said, false, now);
    number_request(r);
    if (found.statement && found.statement->kind == sql::statement_kind::prepare)
        r.prepares = prepared_by(text, text_settings_, analyzer_);
    return outcome::ok;
}

sql::analysis session::implementation::analyze(std::string_view text) {
    const auto too_long_before = analyzer_.counters().too_long;
    const auto found = analyzer_.analyze(text, text_settings_);
    if (found.statement) return found;
    using telemetry::failopen_reason;
    const bool too_long = analyzer_.counters().too_long != too_long_before;
    const auto reason = too_long ? failopen_reason::text_too_long : failopen_reason::unparsed_sql;
    counters_.failopen[static_cast<std::size_t>(reason)].add();
    if (!too_long) counters_.parse_failures.add();
    return found;
}

outcome session::implementation::on_parse(const frame& f) {
    request& r = requests_.push(request_kind::parse);
    if (f.state == frame_state::prefix) {
        // Which name it takes is known even so; what it says is not.
        counters_.failopen[static_cast<std::size_t>(telemetry::failopen_reason::message_too_long)]
            .add();
        r.name = leading_string(f.body);
        r.previous = statements_.erase(r.name);
        return outcome::ok;
    }
    const auto view = protocol::parse_parse(f.body);
    if (!view) return outcome::malformed;
    auto made = view->statement_name.empty() ? statements_.make_unnamed()
                                             : std::make_shared<prepared_statement>();
    made->name = view->statement_name;
    made->text = view->query;
    made->parameter_types.resize(view->parameter_type_count());
    for (std::size_t i = 0; i < made->parameter_types.size(); ++i)
        made->parameter_types[i] = view->parameter_type(i);
    made->declared_types = made->parameter_types;
    made->literals.clear();
    made->tag_comment = made->directive = {};
    made->cuts = {};
    made->statement.reset();
    if (options_.analyze) {
        auto found = analyze(made->text);
        if (stripper_ && found.statement && !found.tag_comment.empty())
            made->cuts = strip_comments(made->text, found).cuts;
        made->statement = std::move(found.statement);
        made->literals.assign(found.literals.begin(), found.literals.end());
        made->tag_comment = {made->text, found.tag_comment};
        made->directive = {made->text, found.directive};
    }
    r.name = view->statement_name;
    r.statement = made;
    r.previous = statements_.replace(view->statement_name, std::move(made));
    return outcome::ok;
}

outcome session::implementation::on_bind(const frame& f) {
    request& r = requests_.push(request_kind::bind);
    if (f.state == frame_state::prefix) {
        counters_.failopen[static_cast<std::size_t>(telemetry::failopen_reason::message_too_long)]
            .add();
        portals_.erase(leading_string(f.body));
        return outcome::ok;
    }
    const auto view = protocol::parse_bind(f.body);
    if (!view) return outcome::malformed;
    auto statement = statements_.find(view->statement_name);
    if (statement)
        note_reference(statement);
    else if (view->statement_name.empty())
        note_dropped_unnamed();
    if (stripper_) r.statement = statement;
    if (portal* made = portals_.create(view->portal_name)) made->bind(*view, std::move(statement));
    return outcome::ok;
}

outcome session::implementation::on_describe(const frame& f) {
    const auto view = protocol::parse_describe(f.body);
    if (!view) return outcome::malformed;
    if (view->target == protocol::describe_target::statement) {
        const auto statement = statements_.find(view->name);
        if (statement)
            note_reference(statement);
        else if (view->name.empty())
            note_dropped_unnamed();
        requests_.push(request_kind::describe_statement).statement = statement;
    } else {
        const portal* p = portals_.find(view->name);
        requests_.push(request_kind::describe_portal).statement = p ? p->statement : nullptr;
    }
    return outcome::ok;
}

outcome session::implementation::on_execute(const frame& f, timestamp now) {
    const auto view = protocol::parse_execute(f.body);
    if (!view) return outcome::malformed;
    request& r = requests_.push(request_kind::execute);
    r.name = view->portal_name;
    r.limited = view->rows_max != 0;
    portal* p = portals_.find(view->portal_name);
    if (p && p->execution != 0) {
        // A portal with a row limit goes on: its rows belong to the execution that began it.
        r.sent = now;
        r.execution = p->execution;
        r.rows = p->rows;
        r.bytes = p->bytes;
        r.observed = r.shape_sent = r.rows_wanted =
            observer_ && p->statement && p->statement->statement;
        return outcome::ok;
    }
    arguments_.clear();
    if (!p || !p->statement) {
        start_execution(r, nullptr, {}, false, now);
        return outcome::ok;
    }
    p->append_arguments(arguments_);
    r.statement = p->statement;
    r.formats = p->formats;
    const sql::template_ptr& asked = p->statement->statement;
    prepared_statement_ptr executed;  // by an EXECUTE; holds what arguments point to
    if (asked && asked->kind == sql::statement_kind::execute) {
        executed = executed_by(p->statement->text, text_settings_, statements_, arguments_);
    } else if (asked && asked->kind == sql::statement_kind::prepare) {
        r.prepares = prepared_by(p->statement->text, text_settings_, analyzer_);
    }
    if (!executed) note_lookup(r, asked, {}, {}, p->statement->said().directive);
    start_execution(r, executed ? executed->statement : asked, p->statement->said(),
                    executed || !p->statement->name.empty(), now);
    p->execution = r.execution;
    if (r.observed && p->statement->statement->kind == sql::statement_kind::deallocate)
        r.deallocates = deallocated_name(p->statement->statement->normalized_text);
    return outcome::ok;
}

outcome session::implementation::on_close(const frame& f) {
    const auto view = protocol::parse_describe(f.body);
    if (!view) return outcome::malformed;
    request& r = requests_.push(request_kind::close);
    if (view->target == protocol::describe_target::statement) {
        r.name = view->name;
        r.previous = statements_.erase(view->name);
    } else {
        r.closes_portal = true;
        r.closes_unnamed_portal = view->name.empty();
        if (const portal* p = portals_.find(view->name); p && folding_ && r.closes_unnamed_portal)
            folding_->closed_portal = *p;
        portals_.erase(view->name);
    }
    return outcome::ok;
}

void session::implementation::on_copy_end() {
    // Sent ahead of the server's CopyInResponse. With nothing outstanding the server ignores it.
    if (!requests_.empty()) requests_.push(request_kind::copy_end);
}

}  // namespace pgfold::session
