// Columns of long values that statements fetch, and by which no statement of the traffic filters,
// joins or sorts: candidates for being left out of the SELECT list, or fetched when they are shown.
// A row of more than session_options::observed_row_bytes_max is not seen, nor are its columns.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/analyze/query_habits.hpp"

namespace pgfold::analyze {

class wide_columns {
public:
    static constexpr std::size_t bytes_min = 1024;          // of a value, on the average …
    static constexpr std::uint64_t total_min = 256 * 1024;  // … and of all of them

    // Before its rows.
    void on_statement(const sql::template_ptr& statement);
    // False: its rows are of no interest.
    [[nodiscard]] bool on_row_shape(const sql::template_ptr& statement,
                                    const detect::row_shape& shape);
    // One of the rows that are looked at, or the beginning of a long one.
    void on_data_row(const sql::template_ptr& statement, std::span<const std::byte> row);
    void on_execution(const sql::template_ptr& statement, const detect::execution_end& end,
                      std::chrono::nanoseconds duration);

    // One per statement, the columns in `columns`.
    [[nodiscard]] std::vector<query_habit> all() const;

private:
    static constexpr std::size_t statements_max = 20'000;

    struct column {
        std::string name;         // as it is written without quotes; empty: of no table
        std::uint64_t bytes = 0;  // in the rows that were looked at
    };
    struct fetched {
        query_habit habit;
        std::uint64_t rows = 0, rows_seen = 0;
        std::vector<column> columns;
    };

    std::unordered_map<const void*, fetched> statements_;
    std::unordered_map<const void*, sql::template_ptr> looked_at_;
    std::set<std::string, std::less<>> filtered_;  // names that stand behind WHERE, ON, BY …
};

}  // namespace pgfold::analyze
