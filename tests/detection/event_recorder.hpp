// Keeps what a session tells its observer, so that it can be told again: shifted in time, joined
// with others, without its transactions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::detect::testing {

struct recorded_argument {
    std::string bytes;
    std::uint32_t type_oid = 0;
    argument_format format = argument_format::text;
    bool is_null = false;
};

struct recorded_start {
    execution_id id = 0;
    sql::template_ptr statement;
    std::vector<recorded_argument> arguments;
    std::string text, tag_comment;
    bool extended = false, named = false;
};

struct recorded_shape {
    execution_id id = 0;
    std::vector<std::byte> row_description;
    std::vector<std::int16_t> formats;
};

struct recorded_row {
    execution_id id = 0;
    std::vector<std::byte> bytes;
    bool truncated = false;
};

struct recorded_end {
    execution_id id = 0;
    timestamp began;
    std::uint64_t rows = 0, bytes = 0;
    std::string command_tag, sqlstate;
    bool suspended = false, skipped = false;
};

struct recorded_ready {
    char status = 'I';
    execution_id first = 0, last = 0;
};

struct recorded_reset {};

using recorded_body = std::variant<recorded_start, recorded_shape, recorded_row, recorded_end,
                                   recorded_ready, recorded_reset>;

struct recorded_event {
    timestamp at;
    std::uint64_t order = 0;  // among all connections of the recording
    recorded_body body;
};

struct recorded_connection {
    session_identity who;
    timestamp started, ended;
    std::vector<recorded_event> events;
};

// Numbers the events of all connections of a recording as they come in.
class event_recorder final : public conversation_observer {
public:
    event_recorder(recorded_connection& out, std::uint64_t& order) : out_(out), order_(order) {}

    void on_session_start(const session_identity& who, timestamp at) override;
    void on_application_name(std::string_view name) override;
    void on_execution_start(const execution_start& start) override;
    [[nodiscard]] bool on_row_shape(execution_id id, const row_shape& shape) override;
    [[nodiscard]] bool on_data_row(execution_id id, std::span<const std::byte> row,
                                   bool truncated) override;
    void on_execution_end(const execution_end& end) override;
    void on_ready(char status, execution_id first, execution_id last, timestamp at) override;
    void on_session_reset(timestamp at) override;
    void on_session_end(timestamp at) override;

private:
    void add(timestamp at, recorded_body body);
    recorded_connection& out_;
    std::uint64_t& order_;
    timestamp now_;
};

// Tells one event to an observer as a session would. Remembers whose rows are wanted.
class event_teller {
public:
    explicit event_teller(conversation_observer& observer) : observer_(observer) {}
    // `id_offset` is added to execution ids, `shift` to times.
    void tell(const recorded_event& event, execution_id id_offset, std::chrono::nanoseconds shift);

private:
    conversation_observer& observer_;
    execution_id wanted_ = 0;
};

}  // namespace pgfold::detect::testing
