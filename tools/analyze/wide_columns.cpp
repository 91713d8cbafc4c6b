#include "tools/analyze/wide_columns.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "analyzer/report/text_layout.hpp"
#include "analyzer/sql/sql_lexer.hpp"
#include "proxy/protocol/backend/row_description.hpp"
#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::analyze {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return result;
}

bool begins_filter(std::string_view word) {
    constexpr std::array<std::string_view, 5> words = {"where", "on", "using", "having", "by"};
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

void wide_columns::on_statement(const sql::template_ptr& statement) {
    if (looked_at_.size() >= statements_max ||
        !looked_at_.emplace(statement.get(), statement).second)
        return;
    std::vector<sql::token> tokens;
    const std::string& text = statement->normalized_text;
    if (sql::sql_lexer().tokenize(text, {}, tokens) != sql::lex_status::ok) return;
    bool filters = false;
    for (const sql::token& token : tokens) {
        std::string_view word = std::string_view(text).substr(token.offset, token.length);
        if (token.kind == sql::token_kind::word) {
            std::string name = lower(word);
            filters = filters || begins_filter(name);
            if (filters) filtered_.insert(std::move(name));
        } else if (token.kind == sql::token_kind::quoted_identifier && filters &&
                   word.size() >= 2 && word.front() == '"') {
            filtered_.emplace(word.substr(1, word.size() - 2));
        }
    }
}

bool wide_columns::on_row_shape(const sql::template_ptr& statement,
                                const detect::row_shape& shape) {
    if (!statement->is_read() || statement->catalog_only) return false;
    if (statements_.contains(statement.get())) return true;
    if (statements_.size() >= statements_max) return false;
    const auto known = statements_.try_emplace(statement.get()).first;
    known->second.habit.kind = habit_kind::wide_columns;
    known->second.habit.statement = statement;
    protocol::row_description_reader fields(shape.row_description);
    while (const auto field = fields.next())
        known->second.columns.push_back(
            {field->table_oid == 0 ? std::string() : std::string(field->name), 0});
    return true;
}

void wide_columns::on_data_row(const sql::template_ptr& statement, std::span<const std::byte> row) {
    const auto found = statements_.find(statement.get());
    if (found == statements_.end()) return;
    ++found->second.rows_seen;
    if (row.size() < bytes_min) return;
    // Of a row that is cut the lengths up to there are known, which is all that is asked for.
    protocol::byte_reader reader(row);
    const std::size_t count =
        std::min<std::size_t>(reader.read_uint16(), found->second.columns.size());
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const std::int32_t length = reader.read_int32();
        if (!reader.ok() || length < 0) continue;
        found->second.columns[i].bytes += static_cast<std::uint64_t>(length);
        static_cast<void>(reader.read_bytes(static_cast<std::size_t>(length)));
    }
}

void wide_columns::on_execution(const sql::template_ptr& statement,
                                const detect::execution_end& end,
                                std::chrono::nanoseconds duration) {
    if (end.rows == 0 || end.suspended) return;
    const auto found = statements_.find(statement.get());
    if (found == statements_.end()) return;
    query_habit& habit = found->second.habit;
    ++habit.calls;
    habit.rows_max = std::max(habit.rows_max, end.rows);
    habit.bytes_max = std::max(habit.bytes_max, end.bytes);
    habit.total += duration;
    found->second.rows += end.rows;
}

std::vector<query_habit> wide_columns::all() const {
    std::vector<query_habit> result;
    for (const auto& [key, one] : statements_) {
        query_habit habit = one.habit;
        for (const column& each : one.columns) {
            if (each.name.empty() || one.rows_seen == 0 || filtered_.contains(each.name)) continue;
            const std::uint64_t mean = each.bytes / one.rows_seen;
            if (mean < bytes_min || mean * one.rows < total_min) continue;
            habit.columns += habit.columns.empty() ? "" : ", ";
            habit.columns += each.name + " (" + report::bytes_text(mean) + ")";
        }
        if (!habit.columns.empty()) result.push_back(std::move(habit));
    }
    return result;
}

}  // namespace pgfold::analyze
