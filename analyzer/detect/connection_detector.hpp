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

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/detect/connection_state.hpp"
#include "analyzer/detect/declared_cursors.hpp"
#include "analyzer/detect/hub_implementation.hpp"
#include "analyzer/detect/loop_reporter.hpp"
#include "analyzer/detect/pending_executions.hpp"
#include "analyzer/detect/result_receiver.hpp"
#include "analyzer/detect/series_list.hpp"
#include "analyzer/detect/sibling_results.hpp"

namespace pgfold::detect {

class connection_detector final : public conversation_observer,
                                  public sibling_results,
                                  private series_context {
public:
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

    // The results that loops may be fed from now, for what builds on detection.
    [[nodiscard]] const result_window& recent_results() const { return receiver_.results(); }
    [[nodiscard]] bool has_shared_results() const override;
    [[nodiscard]] std::vector<std::shared_ptr<const result_record>> shared_results(
        const sql::statement_template* statement) const override;

private:
    // series_context
    [[nodiscard]] bool is_proven_loop(const sql::statement_template& statement) const override {
        return series_.is_proven_loop(statement);
    }
    [[nodiscard]] result_window& results() override { return receiver_.results(); }
    [[nodiscard]] const proof_rules& rules() const override { return rules_; }
    [[nodiscard]] key_relation relation(const result_column& parent,
                                        const sql::key_comparison& child) const override;

    void refresh_settings();
    void note_event(timestamp at);
    void follow_time(timestamp at);
    void follow_tags(std::string_view comment);
    void follow_transaction(sql::statement_kind kind);
    void follow_cursor(const execution_start& start);
    [[nodiscard]] lookup_series* series_for(const execution_start& start, std::uint64_t signature);
    void drop_series(lookup_series& series);
    void note_text(lookup_series& series, const execution_start& start);

    void open_window(bool transaction);
    void close_window();
    void close_all();
    void settle(lookup_series& series, bool closing);
    void settle_in_lull();

    std::shared_ptr<detector_hub::implementation> hub_;
    std::shared_ptr<const foreign_keys> catalog_;
    std::uint32_t settings_version_ = 0;
    proof_rules rules_;
    connection_state state_;

    timestamp last_activity_{};
    std::string last_tag_comment_;
    execution_id newest_execution_ = 0;
    bool ended_ = false;

    pending_executions pending_;
    series_list series_;
    std::vector<lookup_series*> in_window_;  // with lookups in the open window
    declared_cursors cursors_;
    result_receiver receiver_;
    loop_reporter reporter_;
};

}  // namespace pgfold::detect
