#include "tools/analyze/log_replayer.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace pgfold::analyze {

using detect::timestamp;

struct log_replayer::session {
    std::string id;
    std::unique_ptr<detect::conversation_observer> observer;
    std::string application_name;
    detect::execution_id last_execution = 0;
    timestamp last_at;
    char status = 'I';
    // A statement whose duration will follow in a record of its own.
    bool has_pending = false;
    std::string pending_text, pending_parameters;
    timestamp pending_at;
};

namespace {

// "duration: 1.234 ms" and what stands behind it.
std::optional<std::chrono::nanoseconds> take_duration(std::string_view& message) {
    constexpr std::string_view head = "duration: ";
    if (!message.starts_with(head)) return std::nullopt;
    double ms = 0;
    const char* const begin = message.data() + head.size();
    const auto [end, failure] = std::from_chars(begin, message.data() + message.size(), ms);
    if (failure != std::errc() || ms < 0 || ms > 1e12) return std::nullopt;
    message.remove_prefix(static_cast<std::size_t>(end - message.data()));
    if (message.starts_with(" ms")) message.remove_prefix(3);
    while (message.starts_with(' '))
        message.remove_prefix(1);
    return std::chrono::nanoseconds(static_cast<std::int64_t>(ms * 1e6));
}

// The text behind "statement: " or "execute NAME: ", which is what runs; of "parse" and "bind" only
// that there is one.
enum class said : std::uint8_t { nothing, runs, prepares };
said take_statement(std::string_view& message) {
    const auto colon = message.find(": ");
    if (colon == std::string_view::npos) return said::nothing;
    const std::string_view verb = message.substr(0, message.find(' '));
    const bool runs = message.starts_with("statement: ") || verb == "execute";
    if (!runs && verb != "parse" && verb != "bind") return said::nothing;
    // "execute fetch from NAME: …" goes on with a portal that has been counted.
    const bool fetches = message.starts_with("execute fetch from ");
    message.remove_prefix(colon + 2);
    return runs && !fetches ? said::runs : said::prepares;
}

// "parameters: $1 = '42', $2 = NULL"
void read_parameters(std::string_view text, std::vector<std::string>& values,
                     std::vector<bool>& nulls) {
    values.clear();
    nulls.clear();
    for (auto at = text.find("$1 = "); at != std::string_view::npos;) {
        text.remove_prefix(text.find(" = ", at) + 3);
        std::string& value = values.emplace_back();
        nulls.push_back(text.starts_with("NULL"));
        std::size_t i = 0;
        if (text.starts_with('\'')) {
            for (i = 1; i < text.size(); ++i) {
                if (text[i] == '\'' && (i + 1 >= text.size() || text[++i] != '\'')) break;
                value.push_back(text[i]);
            }
        }
        text.remove_prefix(std::min(i, text.size()));
        at = text.find("$" + std::to_string(values.size() + 1) + " = ");
    }
}

char status_after(char status, const sql::statement_template& statement) {
    using enum sql::statement_kind;
    switch (statement.kind) {
        case begin:
            return 'T';
        case commit:
        case rollback:
        case prepare_transaction:
            return 'I';
        default:
            return status;
    }
}

}  // namespace

log_replayer::log_replayer(captures::observer_factory factory)
    : factory_(std::move(factory)), analyzer_(sql::make_template_table()) {}

log_replayer::~log_replayer() = default;

log_replayer::session& log_replayer::session_of(const log_record& record, timestamp begins) {
    const auto known = sessions_.find(record.session_id);
    if (known != sessions_.end()) {
        order_.splice(order_.begin(), order_, known->second);
        return order_.front();
    }
    if (order_.size() >= sessions_max) end(std::prev(order_.end()), record.at);
    session& s = order_.emplace_front();
    sessions_[record.session_id] = order_.begin();
    s.id = record.session_id;
    s.last_at = begins;
    s.application_name = record.application_name;
    captures::tcp_connection connection;
    // Apart from the numbers of a capture's connections, which may be analysed along.
    connection.number = (std::uint64_t{1} << 48) + ++sessions_seen_;
    s.observer = factory_(connection);
    s.observer->on_session_start({connection.number, record.database, record.user,
                                  record.application_name, record.client_host},
                                 begins);
    return s;
}

void log_replayer::end(session_list::iterator ended, timestamp at) {
    if (ended->has_pending) {
        ++without_duration_;
        run_pending(*ended, ended->pending_at, {});
    }
    ended->observer->on_session_end(std::max(at, ended->last_at));
    sessions_.erase(ended->id);
    order_.erase(ended);
}

void log_replayer::run(session& s, const std::string& text, const std::string& parameters,
                       timestamp start, timestamp end, const std::string& sqlstate) {
    ++statements_;
    const auto found = analyzer_.analyze(text);
    if (!found.statement) return;
    std::vector<bool> nulls;
    read_parameters(parameters, values_, nulls);
    std::vector<detect::argument> arguments;
    for (std::size_t i = 0; i < values_.size() && i < found.statement->bound_parameters; ++i)
        arguments.push_back({.bytes = values_[i], .is_null = nulls[i]});
    if (arguments.size() == found.statement->bound_parameters) {
        for (const auto& literal : found.literals)
            arguments.push_back(
                {.bytes = std::string_view(text).substr(literal.offset, literal.length),
                 .format = detect::argument_format::literal});
    }
    start = std::max(start, s.last_at);
    end = std::max(start, end);
    s.last_at = end;
    const detect::execution_id id = ++s.last_execution;
    s.observer->on_execution_start({.id = id,
                                    .statement = found.statement,
                                    .arguments = arguments,
                                    .text = text,
                                    .tag_comment = found.tag_comment,
                                    .at = start,
                                    .extended = found.statement->bound_parameters != 0,
                                    .directive = found.directive});
    s.observer->on_execution_end({.id = id, .at = end, .began = start, .sqlstate = sqlstate});
    s.status = status_after(s.status, *found.statement);
    s.observer->on_ready(s.status, id, id, end);
}

void log_replayer::run_pending(session& s, timestamp end, const std::string& sqlstate) {
    s.has_pending = false;
    run(s, s.pending_text, s.pending_parameters, s.pending_at, end, sqlstate);
}

void log_replayer::on_record(const log_record& record) {
    if (record.session_id.empty()) return;
    if (record.at >= next_tick_) {
        for (session& each : order_)
            each.observer->on_tick(std::max(record.at, each.last_at));
        next_tick_ = record.at + std::chrono::seconds(1);
    }
    std::string_view message = record.message;
    if (record.severity == "ERROR") {
        const auto known = sessions_.find(record.session_id);
        if (known != sessions_.end() && known->second->has_pending)
            run_pending(*known->second, record.at, record.sqlstate);
        return;
    }
    if (record.severity != "LOG") return;
    if (message.starts_with("disconnection: ")) {
        const auto known = sessions_.find(record.session_id);
        if (known != sessions_.end()) end(known->second, record.at);
        return;
    }
    const auto duration = take_duration(message);
    const said what = take_statement(message);
    if (!duration && what != said::runs) return;
    // The record was written when the statement had ended.
    session& s = session_of(record, record.at - duration.value_or(std::chrono::nanoseconds(0)));
    if (s.application_name != record.application_name) {
        s.application_name = record.application_name;
        s.observer->on_application_name(record.application_name);
    }
    if (duration) {
        if (what == said::runs) {  // log_min_duration_statement: all in one record
            s.has_pending = false;
            run(s, std::string(message), record.detail, record.at - *duration, record.at, {});
        } else if (what == said::nothing && s.has_pending) {
            run_pending(s, s.pending_at + *duration, {});
        }
        return;
    }
    if (s.has_pending) {
        ++without_duration_;
        run_pending(s, s.pending_at, {});
    }
    s.has_pending = true;
    s.pending_text = message;
    s.pending_parameters = record.detail;
    s.pending_at = record.at;
}

void log_replayer::finish() {
    while (!order_.empty())
        end(order_.begin(), order_.front().last_at);
}

}  // namespace pgfold::analyze
