// What is learned from one connection: statistics by statement, slow queries, and, through the
// detector, N+1 loops. Attributes statements to what the session says they are for.
//
// A bug in any of it must never cost the client its session: whatever throws is caught here and
// counted, and this connection is analysed no more.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/statistics/statement_statistics.hpp"
#include "proxy/session/query_tally.hpp"
#include "proxy/session/session_tag.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::session {

struct slow_query {
    const sql::statement_template& statement;  // normalized: shows no parameter value
    const detect::session_identity& who;
    std::chrono::nanoseconds duration;
    std::uint64_t rows = 0;
};

struct analysis_settings {
    std::chrono::nanoseconds slow_after{0};  // 0: no query is slow
    std::function<void(const slow_query&)> on_slow_query;
    std::shared_ptr<query_tally> tally;  // null: nobody counts queries by tag
    // Statements that nothing else tags are tagged with the connection's application_name.
    bool tag_by_application_name = false;
};

class connection_analysis final : public detect::conversation_observer {
public:
    // `detector` may be null. The other references must outlive this.
    connection_analysis(std::shared_ptr<const analysis_settings> settings,
                        statistics::statistics_shard& statistics,
                        std::unique_ptr<detect::conversation_observer> detector,
                        telemetry::thread_counters& counters);

    void on_session_start(const detect::session_identity& who, detect::timestamp at) override;
    void on_application_name(std::string_view name) override;
    void on_execution_start(const detect::execution_start& start) override;
    [[nodiscard]] bool on_row_shape(detect::execution_id id,
                                    const detect::row_shape& shape) override;
    [[nodiscard]] bool on_data_row(detect::execution_id id, std::span<const std::byte> row,
                                   bool truncated) override;
    void on_execution_end(const detect::execution_end& end) override;
    void on_ready(char status, detect::execution_id first, detect::execution_id last,
                  detect::timestamp at) override;
    void on_session_reset(detect::timestamp at) override;
    void on_session_end(detect::timestamp at) override;
    void on_tick(detect::timestamp at) override;

private:
    struct pending {
        detect::execution_id id = 0;
        sql::template_ptr statement;
        statistics::dimension_id where = 0;
        detect::timestamp asked;
    };

    template <typename Function>
    void guarded(Function&& run) noexcept;
    [[nodiscard]] statistics::dimension_id dimension_of(std::string_view tag_comment);
    [[nodiscard]] pending take(detect::execution_id id);
    void record_end(const detect::execution_end& end);
    void count(const detect::execution_start& start);

    std::shared_ptr<const analysis_settings> settings_;
    statistics::statistics_shard& statistics_;
    std::unique_ptr<detect::conversation_observer> detector_;
    telemetry::thread_counters& counters_;
    detect::session_identity who_;
    session_tag tag_;
    query_tally::counter* counted_ = nullptr;  // of `counted_comment_`
    std::string counted_comment_;
    std::vector<pending> pending_;    // in the order of requests; nearly always one
    std::size_t first_ = 0;           // entries before it have ended
    std::vector<pending> suspended_;  // portals with a row limit that may go on, oldest first
    std::string last_comment_;        // its dimension is `tagged_`
    std::uint64_t last_request_ = 0;
    statistics::dimension_id untagged_ = 0;
    statistics::dimension_id tagged_ = 0;
    bool failed_ = false;
};

}  // namespace pgfold::session
