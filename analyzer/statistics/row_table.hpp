// (template, dimension) → row: open addressing over a fixed number of rows, nothing is allocated
// after the rows in use. Not thread-safe; the shard locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::statistics {

struct measured_row {
    sql::template_ptr statement;  // null: unused
    dimension_id where = 0;
    bool used_again = false;  // since the CLOCK hand last passed
    std::uint64_t rows = 0, bytes = 0, errors = 0;
    latency_histogram latency;
};

class row_table {
public:
    explicit row_table(std::size_t rows_max);

    // Null when there is none.
    [[nodiscard]] measured_row* find(const sql::statement_template& statement, dimension_id where);
    // A fresh row for a key that find() did not know. Null when the table is full.
    [[nodiscard]] measured_row* insert(const sql::template_ptr& statement, dimension_id where);
    // A row that has not been used lately, or null if all that were looked at have been. Its
    // numbers are the caller's to save before erase().
    [[nodiscard]] measured_row* victim();
    void erase(measured_row& row);

    // Rows are never moved; some in between may be unused.
    [[nodiscard]] std::size_t rows_end() const { return blocks_used_ * block_rows; }
    [[nodiscard]] const measured_row& row(std::size_t index) const {
        return blocks_[index / block_rows][index % block_rows];
    }

private:
    static constexpr std::size_t block_rows = 64;
    static constexpr std::size_t victims_looked_at_max = 32;
    struct slot {
        std::uint64_t hash = 0;
        std::uint32_t row = 0;  // index + 1; 0 is empty
    };

    [[nodiscard]] static std::uint64_t hash(const sql::statement_template& statement,
                                            dimension_id where);
    [[nodiscard]] measured_row& row_at(std::size_t index) {
        return blocks_[index / block_rows][index % block_rows];
    }
    [[nodiscard]] std::size_t slot_of(const measured_row& row) const;

    std::size_t rows_max_;
    std::size_t mask_;
    std::vector<slot> slots_;  // at least twice as many as rows: probes stay short
    std::vector<std::unique_ptr<measured_row[]>> blocks_;
    std::size_t blocks_used_ = 0;
    std::vector<std::uint32_t> free_;  // rows of the blocks in use that hold nothing
    std::size_t rows_made_ = 0;
    std::size_t hand_ = 0;
};

}  // namespace pgfold::statistics
