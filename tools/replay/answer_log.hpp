// What a conversation's statements were answered, one after the other: the same for a recording and
// for each time that it is played.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "analyzer/detect/conversation_observer.hpp"
#include "tools/replay/answer_store.hpp"

namespace pgfold::replay {

using detect::timestamp;

class answer_log final : public detect::conversation_observer {
public:
    // Must outlive this, and is complete once this is gone.
    explicit answer_log(answer_store& answers) : answers_(answers) {}
    ~answer_log() override;

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
    void on_session_end(timestamp) override;

private:
    // Portals may stay suspended for ever; what comes after them is not kept waiting.
    static constexpr std::size_t open_max = 10'000;

    struct open_answer {
        detect::execution_id id = 0;
        answer known;
        std::size_t bytes_kept = 0;
        timestamp asked_at;
        bool is_over = false;
    };
    [[nodiscard]] open_answer* find(detect::execution_id id);
    void store_first();

    answer_store& answers_;
    std::deque<open_answer> open_;  // in the order of requests
};

}  // namespace pgfold::replay
