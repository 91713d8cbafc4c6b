// What a conversation's statements were answered, one after the other: the same for a recording and
// for each time that it is played.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::replay {

using detect::timestamp;

struct answer {
    sql::template_ptr statement;
    bool ended = false;
    bool skipped = false;    // an earlier error of its pipeline
    bool truncated = false;  // rows too long to be looked at
    std::chrono::nanoseconds duration{};
    std::uint64_t row_count = 0;
    std::uint64_t digest = 0;       // of all rows, in their order
    std::vector<std::string> rows;  // the first ones: bodies of DataRow messages
    std::string command_tag;
    std::string sqlstate;
};

class answer_log final : public detect::conversation_observer {
public:
    // Must outlive this.
    explicit answer_log(std::vector<answer>& answers) : answers_(answers) {}

    void on_session_start(const detect::session_identity&, timestamp) override {}
    void on_application_name(std::string_view) override {}
    void on_execution_start(const detect::execution_start& start) override;
    [[nodiscard]] bool on_row_shape(detect::execution_id, const detect::row_shape&) override {
        return true;
    }
    [[nodiscard]] bool on_data_row(detect::execution_id id, std::span<const std::byte> row,
                                   bool truncated) override;
    void on_execution_end(const detect::execution_end& end) override;
    void on_ready(char, detect::execution_id, detect::execution_id, timestamp) override {}
    void on_session_reset(timestamp) override {}
    void on_session_end(timestamp) override {}

private:
    struct open_answer {
        std::size_t index = 0;
        std::size_t bytes_kept = 0;
        timestamp asked_at;
    };
    std::vector<answer>& answers_;
    std::map<detect::execution_id, open_answer> open_;
};

}  // namespace pgfold::replay
