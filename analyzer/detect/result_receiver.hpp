// Takes in the answers of one connection as their rows arrive, and keeps those that may feed loops.
//
// Flow: on_row_shape, on_data_row …, on_execution_end. The first row waits in a scratch buffer:
// most answers have no other. A second row makes the answer a stored result, visible to the
// requests sent after it. An answer of one row is a parent only where its own statement is a loop;
// until that is known its series holds it (keep_single_row).
//
// Portals with a row limit go on after other answers: the few newest are remembered.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "analyzer/detect/connection_state.hpp"
#include "analyzer/detect/pending_executions.hpp"
#include "analyzer/detect/result_window.hpp"

namespace pgfold::detect {

class result_receiver {
public:
    static constexpr std::size_t suspended_max = 8;

    // Both belong to the connection and outlive this.
    result_receiver(connection_state& state, const pending_executions& pending)
        : state_(state), pending_(pending), results_(state.settings->results_kept) {}

    [[nodiscard]] result_window& results() { return results_; }
    [[nodiscard]] const result_window& results() const { return results_; }

    [[nodiscard]] bool on_row_shape(execution_id id, const row_shape& shape);
    [[nodiscard]] bool on_data_row(execution_id id, std::span<const std::byte> row, bool truncated);
    // `series` and `lookup` are those of the execution, null where it has none. Returns the result
    // when it is complete and of several rows: other connections may then see it. Else
    // null.
    [[nodiscard]] const stored_result* on_execution_end(const execution_end& end,
                                                        const lookup_series* series,
                                                        const lookup_record* lookup);
    // The series has a new lookup: is the one row that answered its last one part of a loop?
    void keep_single_row(lookup_series& series);

    void forget_results();  // the connection idles
    void forget_suspended() { suspended_.clear(); }

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

    [[nodiscard]] receiving_result* find(execution_id id);
    void start_result(receiving_result& receiving, std::span<const std::byte> second_row,
                      bool truncated);
    [[nodiscard]] std::shared_ptr<result_record> make_record(
        const receiving_result& receiving) const;
    [[nodiscard]] const stored_result* finish(receiving_result& receiving, const execution_end& end,
                                              const lookup_record* lookup);
    void finish_single_row(receiving_result& receiving, const lookup_record* lookup);
    void suspend(receiving_result& receiving);
    void keep_derived(std::shared_ptr<result_record> record, std::uint64_t visible_from);
    void supersede(const lookup_series& series, const stored_result* newest);

    [[nodiscard]] bool append(row_block& rows, std::span<const std::byte> row) const;

    connection_state& state_;
    const pending_executions& pending_;
    result_window results_;
    receiving_result receiving_;
    std::vector<receiving_result> suspended_;
};

}  // namespace pgfold::detect
