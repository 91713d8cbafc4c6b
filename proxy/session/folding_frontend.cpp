// Folding, the client's side: cycles are answered, held until a batch has brought their answer, or
// passed on with a batch behind them.
#include <algorithm>
#include <utility>

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

using protocol::frame;
using protocol::frame_state;
using protocol::frontend_message;

// Reads what the client sent and passes on what the server is to see.
void session::implementation::fold_frontend(std::span<const std::byte> bytes, timestamp now,
                                            action_list& actions) {
    folding_state& fold = *folding_;
    if (fold.waiting) {
        fold.waiting_rest.insert(fold.waiting_rest.end(), bytes.begin(), bytes.end());
        return;
    }
    fold.read = bytes;
    fold.begun_here = false;
    fold.passed_on = 0;
    fold.cycle_at = fold.prefix_end = folding_state::nowhere;
    fold.cycle_requests = requests_.size();  // all that has been read was passed on
    from_client_.feed(bytes);
    const auto wanted = [this](std::uint8_t type, std::uint32_t body) {
        return frontend_bytes_wanted(type, body);
    };
    std::size_t begun_at = 0;  // the latest message
    while (phase_ == session_phase::ready && from_client_.pass_rest()) {
        const std::size_t at = bytes.size() - from_client_.rest().size();
        fold.begun_here = from_client_.at_boundary();
        if (fold.begun_here) {
            begun_at = at;
            if (may_begin_cycle()) begin_cycle(at);
        }
        const frame f = from_client_.next(wanted);
        if (f.state == frame_state::need_more) break;
        const auto result =
            f.state == frame_state::malformed ? outcome::malformed : on_frontend(f, now);
        if (result != outcome::ok) {
            if (result == outcome::malformed)
                counters_
                    .protocol_errors[static_cast<std::size_t>(
                        telemetry::protocol_error::malformed_client_message)]
                    .add();
            go_blind(telemetry::failopen_reason::malformed_message, now);
            break;
        }
        note_message(f, at);
        const auto type = static_cast<frontend_message>(f.type);
        const std::size_t end = bytes.size() - from_client_.rest().size();
        if (type == frontend_message::execute) note_prefix(end);
        if (type == frontend_message::flush && describe_here(end, false, now, actions)) continue;
        if (type != frontend_message::sync && type != frontend_message::query) continue;
        fold.executed_in_group = false;
        if (type == frontend_message::sync &&
            (describe_here(end, true, now, actions) || prepare_here(end, now, actions)))
            continue;
        end_cycle(end, now, actions);
        if (fold.waiting) return;
    }
    if (phase_ == session_phase::ready && fold.passed_on < bytes.size()) {
        if (from_client_.at_boundary())
            send_unsent(actions);
        else if (fold.begun_here)
            pass_on_before(begun_at, actions);
    }
    pass_on(bytes.size(), actions);
}

bool session::implementation::may_begin_cycle() const {
    const folding_state& fold = *folding_;
    if (fold.cycle_at != folding_state::nowhere) return false;
    // Behind a Flush everything may have been answered before the Sync comes. What has been
    // executed by then decides on the status at that Sync.
    return !fold.in_cycle || (no_client_requests() && !fold.executed_in_group);
}

bool session::implementation::no_client_requests() const {
    for (std::size_t i = 0; i < requests_.size(); ++i)
        if (!is_own(requests_.at(i).kind)) return false;
    return true;
}

void session::implementation::begin_cycle(std::size_t at) {
    folding_state& fold = *folding_;
    fold.cycle_at = at;
    fold.cycle_requests = requests_.size();
    fold.lookup.statement.reset();
    fold.lookup.prepared.reset();
    fold.lookup.bind_size = fold.lookup.text_size = 0;
    fold.parsed.reset();
    fold.prefix_end = folding_state::nowhere;
    fold.prefix_parsed.reset();
    fold.closed_portal.reset();
    fold.asked_switch.reset();
    fold.uncached = false;
    fold.answerable = true;
}

// What the message means for what the server has, and for the cycle.
void session::implementation::note_message(const frame& f, std::size_t at) {
    folding_state& fold = *folding_;
    const bool whole = f.state == frame_state::message && fold.cycle_at != folding_state::nowhere;
    const std::size_t body_at = at + protocol::frame_reader::header_bytes - fold.cycle_at;
    fold.in_cycle = true;
    if (!whole) fold.answerable = false;
    switch (static_cast<frontend_message>(f.type)) {
        case frontend_message::query:
            fold.lookup.text_at = body_at;
            if (skipping_) break;
            requests_.at(requests_.size() - 1).previous = statements_.erase("");
            fold.unnamed_at_server.reset();
            break;
        case frontend_message::bind:
            fold.lookup.bind_at = body_at;
            fold.lookup.bind_size = f.body.size();
            break;
        case frontend_message::parse: {
            if (skipping_) break;
            request& r = requests_.at(requests_.size() - 1);
            if (r.name.empty()) {
                fold.parsed = r.statement;
                r.unnamed_dropped = std::exchange(fold.unnamed_dropped, false);
            }
            note_reference(r.name.empty() ? nullptr : r.previous);  // the name may be taken
            break;
        }
        case frontend_message::execute:
            fold.executed_in_group = true;
            break;
        case frontend_message::close:
            if (skipping_ || !requests_.at(requests_.size() - 1).closes_unnamed_portal)
                fold.answerable = false;
            break;
        case frontend_message::describe:
        case frontend_message::flush:
        case frontend_message::sync:
            break;
        default:
            fold.answerable = false;
            break;
    }
}

void session::implementation::note_lookup(const request& r, const sql::template_ptr& statement,
                                          std::span<const sql::literal_span> literals,
                                          std::string_view text, std::string_view directive) {
    if (!folding_ || !statement) return;
    note_switch(*statement, r.statement ? std::string_view(r.statement->text) : text);
    const comment_switches said = switches_in(directive);
    if (said.off) folding_->answerable = false;
    folding_->uncached |= said.uncached;
    cycle_lookup& lookup = folding_->lookup;
    if (lookup.statement) folding_->answerable = false;  // two in one cycle
    lookup.statement = statement;
    lookup.prepared = r.statement;
    lookup.text_size = text.size();
    if (caching_ && !statement->cacheable.ok && statement->kind == sql::statement_kind::select)
        (void)choice_of(statement);  // which says why not
    if (!statement->foldable.ok && !(caching_ && statement->cacheable.ok)) return;
    lookup.literals.assign(literals.begin(), literals.end());
}

// Would an error in what has been sent make the server skip what follows, Queries too?
bool session::implementation::is_group_open(std::size_t requests) const {
    bool open = false;
    for (std::size_t i = 0; i < requests; ++i) {
        const auto kind = requests_.at(i).kind;
        if (kind == request_kind::sync)
            open = false;
        else if (kind != request_kind::simple_query && !is_own(kind))
            open = true;
    }
    return open;
}

bool session::implementation::is_foldable() const {
    return folding_->wanted() && folding_->lookup.statement->foldable.ok &&
           resources_->settings->mode != fold::fold_mode::off;
}

// Is what stands in the queue from the cycle's beginning exactly one lookup, or other SELECT?
bool session::implementation::is_select_cycle(fold::answer_shape& shape) const {
    const folding_state& fold = *folding_;
    if (!fold.answerable || !fold.lookup.statement ||
        !(is_foldable() || (caching_ && fold.lookup.statement->cacheable.ok)))
        return false;
    std::size_t i = fold.cycle_requests;
    const auto next_is = [&](request_kind kind) {
        if (i >= requests_.size() || requests_.at(i).kind != kind) return false;
        ++i;
        return true;
    };
    shape.status = status_;
    if (next_is(request_kind::simple_query))
        return i == requests_.size() && !is_group_open(fold.cycle_requests);
    shape.extended = true;
    shape.parse = next_is(request_kind::parse);
    if (shape.parse && !requests_.at(i - 1).name.empty())
        return false;  // the server has to have it
    if (!next_is(request_kind::bind)) return false;
    shape.describe = next_is(request_kind::describe_portal);
    if (!next_is(request_kind::execute)) return false;
    const request& execute = requests_.at(i - 1);
    shape.close = next_is(request_kind::close);  // of the portal, or it would not be answerable
    return execute.name.empty() && !execute.limited && execute.rows == 0 &&
           next_is(request_kind::sync) && i == requests_.size();
}

// BEGIN, COMMIT and the like by themselves.
bool session::implementation::is_transaction_control() const {
    const std::size_t at = folding_->cycle_requests;
    return requests_.size() == at + 1 && requests_.at(at).kind == request_kind::simple_query &&
           requests_.at(at).query_kind == telemetry::query_kind::transaction;
}

fold::asked_lookup session::implementation::asked_in(std::span<const std::byte> cycle) {
    const cycle_lookup& lookup = folding_->lookup;
    arguments_.clear();
    if (!lookup.prepared) {
        const auto text = protocol::as_text(cycle.subspan(lookup.text_at, lookup.text_size));
        for (const auto& literal : lookup.literals)
            arguments_.push_back({.bytes = text.substr(literal.offset, literal.length),
                                  .format = detect::argument_format::literal});
        return {.statement = lookup.statement,
                .arguments = arguments_,
                .text = text,
                .literals = lookup.literals,
                .text_settings = text_settings_};
    }
    const auto& held =
        folding_->waiting_portal ? folding_->waiting_portal : folding_->closed_portal;
    if (const portal* p = held ? &*held : portals_.find("")) p->append_arguments(arguments_);
    const prepared_statement& prepared = *lookup.prepared;
    return {.statement = lookup.statement,
            .arguments = arguments_,
            .text = prepared.text,
            .literals = prepared.literals,
            .text_settings = text_settings_,
            .extended = true,
            .statement_name = prepared.name,
            .bind = cycle.subspan(lookup.bind_at, lookup.bind_size),
            .parameter_types = prepared.parameter_types,
            .row_description = prepared.row_description,
            .prepared = lookup.prepared};
}

void session::implementation::end_cycle(std::size_t end, timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    const std::size_t begin = std::exchange(fold.cycle_at, folding_state::nowhere);
    fold.in_cycle = false;
    if (begin != folding_state::nowhere && is_switch_cycle()) {
        pass_on(begin, actions);
        answer_switch(now, actions);
        fold.passed_on = end;
        return;
    }
    if (begin != folding_state::nowhere && forget_here(now, actions)) {
        fold.passed_on = end;
        return;
    }
    fold::answer_shape shape;
    if (begin == folding_state::nowhere || !is_select_cycle(shape)) {
        if (begin == folding_state::nowhere || !is_transaction_control()) send_unsent(actions);
        pass_on(end, actions);
        return;
    }
    const auto cycle = fold.read.subspan(begin, end - begin);
    const std::size_t count = requests_.size() - fold.cycle_requests;
    const auto asked = asked_in(cycle);
    auto cached = cache_turn::none;
    if (caching_) {
        caching_->waits = 0;
        caching_->asked_there.reset();
        cached = consider_cached(asked, shape, count, true, now);
    }
    if (cached == cache_turn::answer || cached == cache_turn::wait) {
        pass_on(begin, actions);
        if (cached == cache_turn::wait) return wait_with(cycle, fold.read.subspan(end), count);
        give_cached(shape, count, now, actions);
        fold.passed_on = end;
        return;
    }
    if (is_foldable()) follow_pool(count);
    switch (is_foldable() ? fold.folder.consider(asked, now) : fold::decision::forward) {
        case fold::decision::forward:
            break;
        case fold::decision::answer:
            if (nothing_before(count)) {
                pass_on(begin, actions);
                if (answer_here(asked, shape, count, now, actions)) {
                    fold.passed_on = end;
                    look_ahead(now, actions);
                    return;
                }
                break;
            }
            [[fallthrough]];
        case fold::decision::wait:
            if (caching_) caching_->fill.reset();
            if (fold.prefix_end != folding_state::nowhere)
                split_cycle(actions);
            else
                pass_on(begin, actions);
            wait_with(cycle, fold.read.subspan(end), count);
            return;
    }
    const bool safe = is_foldable() && only_lookups_before(count);
    attach_fill(shape);
    if (!is_foldable()) send_unsent(actions);
    pass_on(end, actions);
    if (safe) append_batch(asked, now, actions);
}

// The answer may go out now: nothing that the client has asked before is still to be answered, and
// no message is half sent.
bool session::implementation::nothing_before(std::size_t count) const {
    for (std::size_t i = 0; i + count < requests_.size(); ++i) {
        const auto kind = requests_.at(i).kind;
        if (!is_own(kind) || kind == request_kind::own_split) return false;
    }
    return from_server_.at_boundary() || folding_->own_frame;
}

// A batch behind anything else could end up in the middle of a COPY, or of a transaction that is
// about to change.
bool session::implementation::only_lookups_before(std::size_t count) const {
    for (std::size_t i = 0; i + count < requests_.size(); ++i) {
        const request& r = requests_.at(i);
        if (is_own(r.kind) || r.kind == request_kind::sync || r.kind == request_kind::parse ||
            r.kind == request_kind::bind || r.kind == request_kind::describe_portal ||
            r.closes_unnamed_portal)
            continue;
        const bool execution =
            r.kind == request_kind::simple_query || r.kind == request_kind::execute;
        if (!execution || !(r.reads_only || r.begins)) return false;
    }
    return true;
}

// … when what has been sent is done, if only_lookups_before() of what comes next.
char session::implementation::status_at_server() const {
    for (std::size_t i = 0; i < requests_.size(); ++i)
        if (requests_.at(i).begins && status_ == 'I') return 'T';
    return status_;
}

// Passes the read on up to `end`, with what the server lacks in front.
void session::implementation::pass_on(std::size_t end, action_list& actions) {
    folding_state& fold = *folding_;
    if (end <= fold.passed_on) return;
    // The prefix need not have them.
    if (!fold.missing_at_server.empty() || fold.unnamed_to_close) pass_on_prefix(actions);
    send_missing(actions);
    if (fold.prefix_parsed) fold.unnamed_at_server = std::move(fold.prefix_parsed);
    if (fold.parsed) fold.unnamed_at_server = std::move(fold.parsed);
    actions.push_back(
        {action_kind::send_to_server, fold.read.subspan(fold.passed_on, end - fold.passed_on)});
    fold.passed_on = end;
    fold.group_open_at_server = fold.in_cycle;
}

bool session::implementation::answer_here(const fold::asked_lookup& asked,
                                          const fold::answer_shape& shape, std::size_t count,
                                          timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    auto& bytes = fold.arena.add();
    if (!fold.folder.write_answer(asked, shape, bytes)) return false;
    if (caching_) caching_->fill.reset();
    const auto& written = fold.folder.last_written();
    actions.push_back({action_kind::send_to_client, bytes});
    finish_answer({.rows = written.answer->rows,
                   .row_bytes = written.answer->bytes,
                   .row_description = written.row_description,
                   .bytes = bytes.size()},
                  shape, count, now, actions);
    return true;
}

// The cycle's last `count` requests have been answered here.
void session::implementation::finish_answer(const given_answer& given,
                                            const fold::answer_shape& shape, std::size_t count,
                                            timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    request& r = requests_.at(requests_.size() - 1 - requests_behind(shape));
    report_answer(r, given, now);
    if (fold.parsed) {
        // The server's unnamed statement is still the one of the last cycle that was passed on.
        if (fold.unnamed_at_server && same_preparation(*fold.unnamed_at_server, *fold.parsed))
            statements_.replace("", fold.unnamed_at_server);
        fold.parsed.reset();
    }
    fold.missing_at_server.clear();
    if (shape.extended)
        portals_.erase("");
    else
        fold.unnamed_dropped = true;
    const auto id = r.execution;
    // All before it has been answered, so this is as good as the server's word.
    writes_->on_ready(status_, requests_.at(requests_.size() - 1).number);
    requests_.pop_back(count);
    if (fold.group_open_at_server) close_group_at_server(actions);
    const auto first = std::exchange(group_first_, 0);  // a BEGIN under the same Sync
    group_last_ = 0;
    if (observer_) observer_->on_ready(status_, first != 0 ? first : id, id, now);
}

// The observers see the answer as if the server had given it.
void session::implementation::report_answer(request& r, const given_answer& given, timestamp now) {
    counters_.query_duration.record(
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - r.sent).count())));
    if (!r.observed) return;
    if (given.rows > 0 && !given.row_description.empty() &&
        observer_->on_row_shape(r.execution,
                                {.row_description = given.row_description, .formats = {}})) {
        protocol::byte_reader rows(given.row_bytes);
        bool wanted = true;
        for (std::uint32_t i = 0; i < given.rows && wanted; ++i) {
            rows.read_uint8();
            const auto body = rows.read_bytes(rows.read_uint32() - 4);
            wanted = observer_->on_data_row(r.execution, body, false);
        }
    }
    const std::string tag = "SELECT " + std::to_string(given.rows);
    observer_->on_execution_end({.id = r.execution,
                                 .at = now,
                                 .began = r.sent,
                                 .rows = given.rows,
                                 .bytes = given.bytes,
                                 .command_tag = tag,
                                 .local = true});
}

// The client's Sync was part of a cycle that has been answered here, but the server waits for it.
void session::implementation::close_group_at_server(action_list& actions) {
    auto& bytes = folding_->arena.add();
    protocol::message_builder(bytes, frontend_message::sync);
    requests_.push(request_kind::own_sync);
    folding_->group_open_at_server = false;
    actions.push_back({action_kind::send_to_server, bytes});
}

void session::implementation::append_batch(const fold::asked_lookup& asked, timestamp now,
                                           action_list& actions) {
    auto& bytes = folding_->arena.add();
    if (!folding_->folder.plan(asked, status_at_server(), now, bytes)) return;
    requests_.push(request_kind::batch);
    actions.push_back({action_kind::send_to_server, bytes});
}

void session::implementation::look_ahead(timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    auto& bytes = fold.arena.add();
    const auto* statement =
        static_cast<const prepared_statement*>(fold.folder.loop_statement().get());
    const bool at_server = statement == nullptr || is_at_server(*statement);
    if (!fold.folder.look_ahead(status_, now, at_server, bytes)) return;
    requests_.push(request_kind::batch);
    actions.push_back({action_kind::send_to_server, bytes});
}

void session::implementation::wait_with(std::span<const std::byte> cycle,
                                        std::span<const std::byte> rest, std::size_t count) {
    folding_state& fold = *folding_;
    fold.waiting_cycle.assign(cycle.begin(), cycle.end());
    fold.waiting_rest.assign(rest.begin(), rest.end());
    fold.waiting_requests = count;
    fold.waiting_since = last_activity_;
    fold.waiting_skipped = fold.behind_error = false;
    if (fold.closed_portal)
        fold.waiting_portal = fold.closed_portal;
    else if (const portal* p = portals_.find(""))
        fold.waiting_portal = *p;
    fold.waiting = true;
    from_client_.feed({});
}

// A DEALLOCATE in front of the lookup may have been done by now.
bool session::implementation::is_still_prepared() const {
    const auto& prepared = folding_->lookup.prepared;
    return !prepared || prepared->name.empty() || statements_.find(prepared->name) == prepared;
}

// After the server has been heard: can the lookup that waits be answered, or must it be asked?
void session::implementation::settle_waiting(timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    while (fold.waiting && phase_ == session_phase::ready) {
        if (std::exchange(fold.waiting_skipped, false)) {
            end_waiting(now, actions);
            continue;
        }
        if (std::exchange(fold.behind_error, false)) {
            auto& cycle = fold.arena.add();
            cycle = fold.waiting_cycle;
            fold.parsed.reset();
            fold.missing_at_server.clear();
            actions.push_back({action_kind::send_to_server, cycle});
            end_waiting(now, actions);
            continue;
        }
        const bool flew = caching_ && caching_->since;
        if (flew && !is_flight_over(now)) return;
        const auto asked = asked_in(fold.waiting_cycle);
        const std::size_t count = fold.waiting_requests;
        fold::answer_shape shape;
        fold.cycle_requests = requests_.size() - count;
        const bool whole = is_select_cycle(shape) && is_still_prepared();
        auto cached = cache_turn::none;
        if (flew && whole && !fold.cancel_waiting)
            cached = consider_cached(asked, shape, count, caching_->may_wait_again(), now);
        if (cached == cache_turn::wait) return;
        if (cached == cache_turn::answer) {
            fold.waiting = false;
            give_cached(shape, count, now, actions);
            end_waiting(now, actions);
            continue;
        }
        follow_pool(count);
        // What it waits for is another session's, which no cancel request of this client reaches.
        const bool gave_up = fold.folder.pool().waits_until() && resources_->canceled &&
                             resources_->canceled->is_since(fold.waiting_since);
        fold.cancel_waiting = fold.cancel_waiting || gave_up;
        if (gave_up) fold.folder.pool().end_wait();
        const bool foldable = whole && !gave_up && !flew && is_foldable();
        const auto decided = foldable ? fold.folder.consider(asked, now) : fold::decision::forward;
        const bool free = nothing_before(count);
        if (decided != fold::decision::forward && !free) return;
        const bool comes = fold.folder.has_batches() || fold.folder.pool().waits_until();
        if (decided == fold::decision::wait && comes) return;
        fold.waiting = false;
        const bool canceled = std::exchange(fold.cancel_waiting, false) && whole;
        if (!canceled && decided == fold::decision::answer &&
            answer_here(asked, shape, count, now, actions)) {
            look_ahead(now, actions);
        } else {
            auto& cycle = fold.arena.add();
            cycle = fold.waiting_cycle;
            fold.read = cycle;
            fold.passed_on = 0;
            fold.prefix_end = folding_state::nowhere;
            const bool safe = !canceled && whole && is_foldable() && only_lookups_before(count);
            if (canceled && caching_) caching_->fill.reset();
            if (flew && whole) attach_fill(shape);
            if (canceled) cancel_cycle(cycle, shape.extended, actions);
            pass_on(cycle.size(), actions);
            if (safe) append_batch(asked_in(cycle), now, actions);
            if (canceled) fold.unnamed_at_server.reset();
        }
        end_waiting(now, actions);
    }
}

void session::implementation::end_waiting(timestamp now, action_list& actions) {
    folding_state& fold = *folding_;
    fold.waiting = false;
    if (caching_) caching_->since.reset();
    fold.waiting_cycle.clear();
    fold.waiting_portal.reset();
    auto& rest = fold.arena.add();
    rest.swap(fold.waiting_rest);
    fold_frontend(rest, now, actions);
}

}  // namespace pgfold::session
