// One conversation's events, handed to everything that `pgfold analyze` learns from them.
#pragma once

#include <deque>
#include <memory>

#include "analyzer/detect/conversation_observer.hpp"
#include "tools/analyze/query_habits.hpp"
#include "tools/analyze/timeline_recorder.hpp"
#include "tools/analyze/wide_columns.hpp"

namespace pgfold::analyze {

class traffic_observer final : public detect::conversation_observer {
public:
    // The references must outlive this.
    traffic_observer(std::unique_ptr<detect::conversation_observer> inner,
                     timeline_recorder& timelines, query_habits& habits, wide_columns& wide);

    void on_session_start(const detect::session_identity& who, timestamp at) override;
    void on_application_name(std::string_view name) override;
    void on_execution_start(const detect::execution_start& start) override;
    [[nodiscard]] bool on_row_shape(detect::execution_id id,
                                    const detect::row_shape& shape) override;
    [[nodiscard]] bool on_data_row(detect::execution_id id, std::span<const std::byte> row,
                                   bool truncated) override;
    void on_execution_end(const detect::execution_end& end) override;
    void on_ready(char status, detect::execution_id first, detect::execution_id last,
                  timestamp at) override;
    void on_session_reset(timestamp at) override;
    void on_session_end(timestamp at) override;
    void on_tick(timestamp at) override;

private:
    static constexpr std::size_t pending_max = 10'000;
    static constexpr std::uint32_t rows_sampled = 8;  // of each result, for wide_columns

    struct pending {
        detect::execution_id id = 0;
        sql::template_ptr statement;
        std::uint64_t offset = 0;
        timestamp start;
        bool inner_wants = false;  // more rows
        std::uint32_t sample_left = 0;
    };

    std::unique_ptr<detect::conversation_observer> inner_;
    timeline_recorder& timelines_;
    query_habits& habits_;
    wide_columns& wide_;
    std::uint64_t connection_ = 0;
    [[nodiscard]] pending* find(detect::execution_id id);

    std::deque<pending> pending_;  // in the order of requests
};

}  // namespace pgfold::analyze
