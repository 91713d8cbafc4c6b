// Habits that are no loops but cost time as a table grows: results without a bound, pages reached
// by a large OFFSET, counting a whole table. Long values are told by wide_columns.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::analyze {

enum class habit_kind : std::uint8_t {
    unbounded_result,
    deep_offset,
    whole_table_count,
    wide_columns
};
[[nodiscard]] std::string_view to_string(habit_kind kind);

struct query_habit {
    habit_kind kind = habit_kind::unbounded_result;
    sql::template_ptr statement;
    std::uint64_t calls = 0;       // that had it
    std::uint64_t rows_max = 0;    // of one result
    std::uint64_t bytes_max = 0;   // same
    std::uint64_t offset_max = 0;  // deep_offset
    std::string columns;           // wide_columns: with what a value takes, on the average
    std::chrono::nanoseconds total{0};
};

void sort_by_time(std::vector<query_habit>& habits);  // the largest total first

class query_habits {
public:
    static constexpr std::uint64_t rows_min = 1000;    // of a result without LIMIT
    static constexpr std::uint64_t offset_min = 1000;  // of a page

    // What only the start of an execution shows: its OFFSET, 0 if there is none.
    [[nodiscard]] static std::uint64_t offset_of(const detect::execution_start& start);

    void on_execution(const sql::template_ptr& statement, std::uint64_t offset,
                      const detect::execution_end& end, std::chrono::nanoseconds duration);

    [[nodiscard]] std::vector<query_habit> all() const;

private:
    static constexpr std::size_t habits_max = 2000;

    void add(habit_kind kind, const sql::template_ptr& statement, std::uint64_t offset,
             const detect::execution_end& end, std::chrono::nanoseconds duration);

    struct pair_hash {
        std::size_t operator()(const std::pair<habit_kind, const void*>& p) const {
            return std::hash<const void*>{}(p.second) * 4 + static_cast<std::size_t>(p.first);
        }
    };
    std::unordered_map<std::pair<habit_kind, const void*>, query_habit, pair_hash> habits_;
};

}  // namespace pgfold::analyze
