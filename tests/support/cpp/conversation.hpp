// A session, driven by messages and observed as lines of text, so that a test reads as a
// transcript.
#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/protocol/backend/row_description.hpp"
#include "proxy/session/session.hpp"
#include "support/cpp/messages.hpp"

namespace pgfold::test {

// One line per event; see the tests for what they look like.
class recording_observer final : public detect::conversation_observer {
public:
    std::vector<std::string> lines;
    bool rows_wanted = true;
    bool fails = false;  // every start throws, as a bug would

    void on_session_start(const detect::session_identity& who, detect::timestamp) override {
        lines.push_back("session " + who.user + "@" + who.database);
    }
    void on_application_name(std::string_view name) override {
        lines.push_back("application " + std::string(name));
    }
    void on_execution_start(const detect::execution_start& start) override {
        if (fails) throw std::runtime_error("a bug");
        std::string line =
            std::to_string(start.id) + " start " + start.statement->normalized_text + " (";
        for (std::size_t i = 0; i < start.arguments.size(); ++i) {
            const auto& a = start.arguments[i];
            if (i) line += ", ";
            if (a.is_null) {
                line += "null";
                continue;
            }
            line += a.format == detect::argument_format::literal  ? "literal "
                    : a.format == detect::argument_format::binary ? "binary "
                                                                  : "text ";
            line += a.bytes;
            if (a.type_oid) line += ":" + std::to_string(a.type_oid);
        }
        line += ")";
        if (start.named) line += " named";
        if (!start.tag_comment.empty()) line += " tags " + std::string(start.tag_comment);
        if (!start.directive.empty()) line += " directive " + std::string(start.directive);
        lines.push_back(line);
    }
    bool on_row_shape(detect::execution_id id, const detect::row_shape& shape) override {
        std::string line = std::to_string(id) + " shape";
        protocol::row_description_reader fields(shape.row_description);
        while (const auto f = fields.next())
            line += " " + std::string(f->name);
        for (const auto format : shape.formats)
            line += " " + std::to_string(format);
        lines.push_back(line);
        return rows_wanted;
    }
    bool on_data_row(detect::execution_id id, std::span<const std::byte> row,
                     bool truncated) override {
        lines.push_back(std::to_string(id) +
                        (truncated ? " row truncated" : " row of " + std::to_string(row.size())));
        return rows_wanted && !truncated;
    }
    void on_execution_end(const detect::execution_end& end) override {
        std::string line = std::to_string(end.id) + " end " + std::string(end.command_tag);
        if (!end.sqlstate.empty()) line += "error " + std::string(end.sqlstate);
        if (end.suspended) line += "suspended";
        if (end.skipped) line += "skipped";
        line += " rows " + std::to_string(end.rows);
        lines.push_back(line);
    }
    void on_ready(char status, detect::execution_id first, detect::execution_id last,
                  detect::timestamp) override {
        lines.push_back("ready " + std::string(1, status) + " " + std::to_string(first) + "-" +
                        std::to_string(last));
    }
    void on_session_reset(detect::timestamp) override { lines.push_back("reset"); }
    void on_session_end(detect::timestamp) override { lines.push_back("session end"); }
};

class conversation {
public:
    explicit conversation(session::session_options options = {}, bool authenticated = true)
        : session_(options, identity(), analyzer_, &observer_, counters_, now_) {
        if (!authenticated) return;
        server(backend::authentication_ok() +
               backend::parameter_status("standard_conforming_strings", "on") +
               backend::backend_key_data(42, "keys") + backend::ready());
        observer_.lines.clear();
    }

    // Every call checks that what came in goes out on the other side, unchanged.
    conversation& client(const bytes& input) { return feed(input, input.size(), true); }
    conversation& server(const bytes& input) { return feed(input, input.size(), false); }

    // Cuts what follows into pieces of this size.
    void cut_into(std::size_t piece) { piece_ = piece; }

    [[nodiscard]] std::vector<std::string> take_lines() {
        return std::exchange(observer_.lines, {});
    }
    [[nodiscard]] session::session& session() { return session_; }
    [[nodiscard]] recording_observer& observer() { return observer_; }
    [[nodiscard]] telemetry::thread_counters& counters() { return counters_; }
    [[nodiscard]] std::uint64_t failopen(telemetry::failopen_reason reason) const {
        return counters_.failopen[static_cast<std::size_t>(reason)].value();
    }
    [[nodiscard]] const bytes& to_client() const { return to_client_; }
    [[nodiscard]] const bytes& to_server() const { return to_server_; }
    [[nodiscard]] const std::vector<pgfold::session::action_kind>& closes() const {
        return closes_;
    }

private:
    static detect::session_identity identity() {
        return {.connection_id = 1, .database = "shop", .user = "app"};
    }

    conversation& feed(const bytes& input, std::size_t size, bool from_client) {
        const auto piece = piece_ ? piece_ : std::max<std::size_t>(size, 1);
        for (std::size_t at = 0; at < size; at += piece) {
            // A copy of its own, so that a sanitizer sees any use of bytes that are gone.
            const auto end = std::min(at + piece, size);
            const auto copy =
                std::make_unique<bytes>(input.begin() + static_cast<std::ptrdiff_t>(at),
                                        input.begin() + static_cast<std::ptrdiff_t>(end));
            now_ += std::chrono::microseconds(100);
            pgfold::session::action_list actions;
            if (from_client)
                session_.on_client_bytes(*copy, now_, actions);
            else
                session_.on_server_bytes(*copy, now_, actions);
            for (const auto& a : actions) {
                using enum pgfold::session::action_kind;
                if (a.kind == send_to_client)
                    to_client_.insert(to_client_.end(), a.bytes.begin(), a.bytes.end());
                else if (a.kind == send_to_server)
                    to_server_.insert(to_server_.end(), a.bytes.begin(), a.bytes.end());
                else
                    closes_.push_back(a.kind);
            }
        }
        return *this;
    }

    detect::timestamp now_{std::chrono::seconds(1'700'000'000)};
    telemetry::thread_counters counters_;
    sql::statement_analyzer analyzer_{sql::make_template_table()};
    recording_observer observer_;
    pgfold::session::session session_;
    std::size_t piece_ = 0;
    bytes to_client_, to_server_;
    std::vector<pgfold::session::action_kind> closes_;
};

}  // namespace pgfold::test
