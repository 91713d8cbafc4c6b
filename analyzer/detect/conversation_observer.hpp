// What happened on one connection, as the session saw it: the detector's and the statistics' input.
// No sockets and no clock: every event carries its time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::detect {

// Nanoseconds since the Unix epoch; monotonic within one connection.
using timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

using execution_id = std::uint64_t;  // unique and increasing within one connection; 0 is none

struct session_identity {
    std::uint64_t connection_id = 0;  // unique in the process or in the capture
    std::string database;
    std::string user;
    std::string application_name;
    std::string client_host;  // without the port; empty for Unix sockets
};

enum class argument_format : std::uint8_t {
    text,     // a Bind value in text format
    binary,   // a Bind value in binary format
    literal,  // the token as it stands in the text: 24, -3, 'it''s', E'a\n', $$x$$
};

// The value of one $n of the template's normalized text, inlined or bound.
struct argument {
    std::string_view bytes;
    std::uint32_t type_oid = 0;  // as declared by Parse or ParameterDescription; 0 is unknown
    argument_format format = argument_format::text;
    bool is_null = false;
};

struct execution_start {
    execution_id id = 0;
    const sql::template_ptr& statement;   // never null
    std::span<const argument> arguments;  // parameter_count entries, or fewer if some are not known
    std::string_view text;            // the client's text; may be empty when it is no longer held
    std::string_view tag_comment;     // raw sqlcommenter comment, else empty
    timestamp at;                     // its request arrived
    bool extended = false;            // extended query protocol
    bool named = false;               // through a named prepared statement
    std::string_view directive = {};  // comment with a directive of pgfold's, else empty
};

// Shape of the rows that follow. `row_description` is the body of a RowDescription message. Where
// `formats` is not empty it overrides the format codes in it (0, 1 or one per column, as in Bind).
struct row_shape {
    std::span<const std::byte> row_description;
    std::span<const std::int16_t> formats;
};

struct execution_end {
    execution_id id = 0;
    timestamp at;  // its last byte arrived from the server
    // When the server could begin with it: it had been sent, and what stood before it in its
    // pipeline had been answered.
    timestamp began;
    std::uint64_t rows = 0;   // DataRow messages seen for it (all executions of its portal so far)
    std::uint64_t bytes = 0;  // of its responses
    std::string_view command_tag;  // "SELECT 50"; empty on error
    std::string_view sqlstate;     // five characters on error, else empty
    bool suspended = false;        // portal with row limit: more may come under the same id
    bool skipped = false;          // an earlier error of its pipeline made the server ignore it
    bool local = false;            // answered by pgfold itself, nothing was sent to the server
};

// Calls come in wire order: starts in the order of requests, ends in the order of responses. With
// pipelining several starts come before the first end.
class conversation_observer {
public:
    virtual ~conversation_observer() = default;

    virtual void on_session_start(const session_identity& who, timestamp at) = 0;
    virtual void on_application_name(std::string_view name) = 0;  // ParameterStatus
    virtual void on_execution_start(const execution_start& start) = 0;
    // Once before the first row; not called where the shape is not known. The answer tells whether
    // on_data_row is wanted for this execution.
    [[nodiscard]] virtual bool on_row_shape(execution_id id, const row_shape& shape) = 0;
    // Body of one DataRow message. Rows longer than the session keeps are left out and make the
    // result incomplete: `truncated` is then true once, with an empty body. The answer tells
    // whether more rows are wanted.
    [[nodiscard]] virtual bool on_data_row(execution_id id, std::span<const std::byte> row,
                                           bool truncated) = 0;
    virtual void on_execution_end(const execution_end& end) = 0;
    // ReadyForQuery: 'I', 'T' or 'E'. `first` and `last` bound the executions that it closes (0, 0
    // if there was none).
    virtual void on_ready(char status, execution_id first, execution_id last, timestamp at) = 0;
    virtual void on_session_reset(timestamp at) = 0;  // DISCARD ALL
    virtual void on_session_end(timestamp at) = 0;
    // Now and then while nothing else happens, about once a second: for what ends by time alone.
    virtual void on_tick(timestamp at) { static_cast<void>(at); }
};

}  // namespace pgfold::detect
