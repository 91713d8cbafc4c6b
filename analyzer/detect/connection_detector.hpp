// Detection on one connection: turns the session's events into lookups, results and windows, and
// what the series prove into reports.
//
// Life of a lookup: on_execution_start hashes its arguments and adds it to its statement's series;
// its first row waits in a scratch buffer; a second row makes it a result that may feed other
// loops; on_execution_end completes its record. When its window closes, when enough lookups have
// gathered, or in the first lull after a loop, the series are settled.
//
// Everything is allocated lazily, bounded, and let go when the connection idles.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/detect/hub_implementation.hpp"
#include "analyzer/detect/lookup_series.hpp"
#include "analyzer/detect/pending_executions.hpp"
#include "analyzer/detect/result_window.hpp"

namespace pgfold::detect {

class connection_detector final : public conversation_observer, private series_context {
public:
    static constexpr std::size_t series_max = 64;
    static constexpr std::size_t series_per_statement_max = 8;  // other LIMITs, other requests
    static constexpr std::size_t suspended_max = 8;
    static constexpr std::size_t cursors_max = 8;

    explicit connection_detector(std::shared_ptr<detector_hub::implementation> hub);
    ~connection_detector() override;

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
    void on_tick(timestamp now) override;

private:
    // The answer that is being received.
    struct receiving_result {
        execution_id id = 0;
        lookup_series* series = nullptr;
        sql::template_ptr parent;
        std::shared_ptr<const result_shape> shape;
        std::shared_ptr<stored_result> result;  // from the second row on
        std::vector<std::byte> first_row;
        std::uint64_t rows = 0;
        bool wanted = false;
        bool first_row_missing = false;
    };
    struct named_cursor {
        std::string name;
        sql::template_ptr statement;
    };
    struct window_state {
        std::uint32_t id = 1;
        bool transaction = false;
        std::vector<lookup_series*> series;  // with lookups in it
    };

    // series_context
    [[nodiscard]] bool is_proven_loop(const sql::statement_template& statement) const override;
    [[nodiscard]] result_window& results() override { return results_; }
    [[nodiscard]] const proof_rules& rules() const override { return rules_; }
    [[nodiscard]] key_relation relation(const result_column& parent,
                                        const sql::key_comparison& child) const override;

    void follow_time(timestamp at);
    void follow_tags(std::string_view comment);
    void follow_transaction(sql::statement_kind kind, timestamp at);
    void refresh_settings();
    void follow_cursor(const execution_start& start);
    [[nodiscard]] lookup_series* series_for(const execution_start& start, std::uint64_t signature);
    void drop_series(std::size_t position);
    void note_text(lookup_series& series, const execution_start& start);
    [[nodiscard]] receiving_result* find_receiving(execution_id id);
    void start_result(receiving_result& receiving, std::span<const std::byte> second_row,
                      bool truncated);
    [[nodiscard]] std::shared_ptr<result_record> make_record(const receiving_result& receiving);
    void finish_receiving(receiving_result& receiving, const execution_end& end,
                          lookup_record* lookup);
    void keep_single_row(lookup_series& series);
    void supersede(const lookup_series& series, const stored_result* newest);

    void open_window(bool transaction);
    void close_window(timestamp at);
    void close_all(timestamp at);
    void settle(lookup_series& series, bool closing);
    void settle_in_lull();
    void report_leftovers(lookup_series& series, std::vector<lookup_record> lookups, bool closing);
    void report_window(lookup_series& series);
    void retire(lookup_series& series, bool all);
    void hand_over(lookup_series& series, std::vector<lookup_record> lookups, bool suspected);
    void publish(loop_report report);
    void publish(std::vector<loop_report> reports);
    [[nodiscard]] loop_origin origin_of(const lookup_series& series) const;
    [[nodiscard]] bool attributes() const { return static_cast<bool>(hub_->attributed); }

    std::shared_ptr<detector_hub::implementation> hub_;
    std::shared_ptr<const detector_settings> settings_;
    std::shared_ptr<const foreign_keys> catalog_;
    std::uint32_t settings_version_ = 0;
    proof_rules rules_;
    session_identity who_;
    std::shared_ptr<sibling_pool> pool_;

    std::uint64_t event_ = 0;
    timestamp last_activity_{};
    timestamp now_{};
    std::string last_tag_comment_;
    std::uint64_t request_ = 0;
    char transaction_status_ = 'I';
    execution_id newest_execution_ = 0;

    window_state window_;
    std::vector<std::unique_ptr<lookup_series>> series_;  // most recently used first
    pending_executions pending_;
    receiving_result receiving_;
    std::vector<receiving_result> suspended_;
    std::vector<named_cursor> cursors_;
    result_window results_;
    bool has_siblings_ = false;  // or has had: a pool's connections end one by one
    bool ended_ = false;
};

}  // namespace pgfold::detect
