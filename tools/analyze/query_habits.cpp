#include "tools/analyze/query_habits.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

namespace pgfold::analyze {
namespace {

bool is_plain_select(const sql::statement_template& statement) {
    return statement.is_read() && !statement.catalog_only && !statement.tables_read.empty();
}

bool holds_word(std::string_view text, std::string_view lower) {
    const auto found = std::search(text.begin(), text.end(), lower.begin(), lower.end(),
                                   [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    return found != text.end();
}

// SELECT count(*) FROM t, and nothing that would make it less.
bool counts_whole_table(const sql::statement_template& statement) {
    return is_plain_select(statement) && statement.functions.size() == 1 &&
           statement.functions.front() == "count" && statement.tables_read.size() == 1 &&
           !statement.has_subquery && !statement.has_cte && !statement.has_limit &&
           statement.parameter_count == 0 && !holds_word(statement.normalized_text, " where ") &&
           !holds_word(statement.normalized_text, " group by ");
}

std::uint64_t number_of(const detect::argument& value) {
    if (value.is_null) return 0;
    if (value.format == detect::argument_format::binary) {
        if (value.bytes.size() != 4 && value.bytes.size() != 8) return 0;
        std::uint64_t number = 0;
        for (const char c : value.bytes)
            number = number << 8 | static_cast<unsigned char>(c);
        return number;
    }
    std::string_view text = value.bytes;
    if (text.starts_with('\'')) text.remove_prefix(1);
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

std::string_view to_string(habit_kind kind) {
    switch (kind) {
        case habit_kind::unbounded_result:
            return "unbounded_result";
        case habit_kind::deep_offset:
            return "deep_offset";
        case habit_kind::whole_table_count:
            return "whole_table_count";
        case habit_kind::wide_columns:
            return "wide_columns";
    }
    return "";
}

std::uint64_t query_habits::offset_of(const detect::execution_start& start) {
    const sql::statement_template& statement = *start.statement;
    if (!statement.has_offset) return 0;
    std::uint64_t offset = 0;
    const std::size_t known = std::min(statement.parameter_roles.size(), start.arguments.size());
    for (std::size_t i = 0; i < known; ++i) {
        if (statement.parameter_roles[i] == sql::parameter_role::offset)
            offset = std::max(offset, number_of(start.arguments[i]));
    }
    return offset;
}

void query_habits::add(habit_kind kind, const sql::template_ptr& statement, std::uint64_t offset,
                       const detect::execution_end& end, std::chrono::nanoseconds duration) {
    auto known = habits_.find({kind, statement.get()});
    if (known == habits_.end()) {
        if (habits_.size() >= habits_max) return;
        known = habits_.try_emplace({kind, statement.get()}).first;
        known->second.kind = kind;
        known->second.statement = statement;
    }
    query_habit& habit = known->second;
    ++habit.calls;
    habit.rows_max = std::max(habit.rows_max, end.rows);
    habit.bytes_max = std::max(habit.bytes_max, end.bytes);
    habit.offset_max = std::max(habit.offset_max, offset);
    habit.total += duration;
}

void query_habits::on_execution(const sql::template_ptr& statement, std::uint64_t offset,
                                const detect::execution_end& end,
                                std::chrono::nanoseconds duration) {
    if (!end.sqlstate.empty() || end.skipped || end.suspended) return;
    if (offset >= offset_min) add(habit_kind::deep_offset, statement, offset, end, duration);
    if (end.rows >= rows_min && !statement->has_limit && is_plain_select(*statement))
        add(habit_kind::unbounded_result, statement, offset, end, duration);
    if (statement->has_aggregate && counts_whole_table(*statement))
        add(habit_kind::whole_table_count, statement, offset, end, duration);
}

std::vector<query_habit> query_habits::all() const {
    std::vector<query_habit> result;
    for (const auto& [key, habit] : habits_)
        result.push_back(habit);
    return result;
}

void sort_by_time(std::vector<query_habit>& habits) {
    std::sort(habits.begin(), habits.end(), [](const query_habit& a, const query_habit& b) {
        return a.total != b.total ? a.total > b.total
                                  : a.statement->normalized_text < b.statement->normalized_text;
    });
}

}  // namespace pgfold::analyze
