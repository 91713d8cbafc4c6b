#include "tools/replay/answer_comparison.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "proxy/protocol/backend/data_row.hpp"

namespace pgfold::replay {
namespace {

constexpr std::size_t differences_max = 100;
constexpr std::size_t shown_bytes_max = 200;

bool is_word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool has_word(std::string_view text, std::string_view word) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    };
    for (auto at = text.begin();;) {
        at = std::search(at, text.end(), word.begin(), word.end(), same);
        if (at == text.end()) return false;
        const auto end = at + static_cast<std::ptrdiff_t>(word.size());
        if ((at == text.begin() || !is_word_char(at[-1])) &&
            (end == text.end() || !is_word_char(*end)))
            return true;
        ++at;
    }
}

// Statements whose answer is another each time.
bool is_unrepeatable(const sql::statement_template& statement) {
    if (statement.catalog_only) return true;  // object numbers, activity
    constexpr std::array<std::string_view, 36> words = {"nextval",
                                                        "currval",
                                                        "lastval",
                                                        "setval",
                                                        "now",
                                                        "clock_timestamp",
                                                        "statement_timestamp",
                                                        "transaction_timestamp",
                                                        "timeofday",
                                                        "current_timestamp",
                                                        "current_date",
                                                        "current_time",
                                                        "localtime",
                                                        "localtimestamp",
                                                        "random",
                                                        "gen_random_uuid",
                                                        "uuid_generate_v4",
                                                        "uuid_generate_v1",
                                                        "pg_backend_pid",
                                                        "txid_current",
                                                        "txid_current_snapshot",
                                                        "pg_current_xact_id",
                                                        "pg_current_snapshot",
                                                        "pg_current_wal_lsn",
                                                        "pg_postmaster_start_time",
                                                        "inet_client_addr",
                                                        "inet_client_port",
                                                        "inet_server_addr",
                                                        "inet_server_port",
                                                        "pg_export_snapshot",
                                                        "xmin",
                                                        "xmax",
                                                        "ctid",
                                                        "tableoid",
                                                        "explain",
                                                        "tablesample"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return has_word(statement.normalized_text, word);
    });
}

std::vector<protocol::column_value> columns_of(const std::string& row) {
    std::vector<protocol::column_value> columns;
    protocol::data_row_reader reader(protocol::as_bytes(row));
    while (const auto column = reader.next())
        columns.push_back(*column);
    return columns;
}

std::string shown(const std::string& row) {
    std::string out = "(";
    for (const protocol::column_value& column : columns_of(row)) {
        if (out.size() > 1) out += ", ";
        if (column.is_null) {
            out += "NULL";
            continue;
        }
        const std::string_view value = protocol::as_text(column.bytes);
        const bool printable = std::all_of(value.begin(), value.end(), [](char c) {
            return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
        });
        if (printable) {
            out += value;
        } else {
            out += "\\x";
            for (const char c : value) {
                constexpr char digits[] = "0123456789abcdef";
                out += digits[static_cast<unsigned char>(c) >> 4];
                out += digits[static_cast<unsigned char>(c) & 15];
            }
        }
        if (out.size() > shown_bytes_max) return out.substr(0, shown_bytes_max) + "…)";
    }
    return out + ")";
}

class pair_judge {
public:
    pair_judge(const time_window& expected, const time_window& got)
        : expected_(expected), got_(got) {}

    enum class verdict { equal, reordered, set_aside, different };

    verdict judge(const answer& a, const answer& b, difference& found) const {
        if (is_same(a, b)) return verdict::equal;
        const bool excused = is_unrepeatable(*a.statement);
        if (a.sqlstate != b.sqlstate || a.skipped != b.skipped || a.ended != b.ended) {
            found.what = outcome(b) + " instead of " + outcome(a);
            return verdict::different;
        }
        if (a.row_count != b.row_count || a.command_tag != b.command_tag) {
            found.what = outcome(b) + " instead of " + outcome(a);
            return excused ? verdict::set_aside : verdict::different;
        }
        if (excused) return verdict::set_aside;
        const bool all_kept = a.rows.size() == a.row_count && b.rows.size() == b.row_count;
        if (all_kept && !a.statement->has_order_by && is_reordered(a, b)) return verdict::reordered;
        const std::size_t common = std::min(a.rows.size(), b.rows.size());
        for (std::size_t i = 0; i < common; ++i) {
            if (a.rows[i] == b.rows[i] || differs_in_time_only(a.rows[i], b.rows[i])) continue;
            found.what = "row " + std::to_string(i + 1) + " differs";
            found.expected = shown(a.rows[i]);
            found.got = shown(b.rows[i]);
            return verdict::different;
        }
        if (all_kept) return verdict::set_aside;
        found.what = "a row after the first " + std::to_string(common) + " differs";
        return verdict::different;
    }

private:
    static bool is_same(const answer& a, const answer& b) {
        return a.ended == b.ended && a.skipped == b.skipped && a.sqlstate == b.sqlstate &&
               a.command_tag == b.command_tag && a.row_count == b.row_count && a.digest == b.digest;
    }

    static std::string outcome(const answer& one) {
        if (!one.ended) return "no answer";
        if (one.skipped) return "skipped";
        if (!one.sqlstate.empty()) return "error " + one.sqlstate;
        if (!one.command_tag.empty()) return one.command_tag;
        return std::to_string(one.row_count) + " rows";
    }

    static bool is_reordered(const answer& a, const answer& b) {
        std::vector<std::string_view> x(a.rows.begin(), a.rows.end());
        std::vector<std::string_view> y(b.rows.begin(), b.rows.end());
        std::sort(x.begin(), x.end());
        std::sort(y.begin(), y.end());
        return x == y;
    }

    [[nodiscard]] bool differs_in_time_only(const std::string& a, const std::string& b) const {
        const auto x = columns_of(a), y = columns_of(b);
        if (x.size() != y.size()) return false;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::string_view left = protocol::as_text(x[i].bytes);
            const std::string_view right = protocol::as_text(y[i].bytes);
            if (x[i].is_null == y[i].is_null && left == right) continue;
            if (!is_moment_of(left, expected_) || !is_moment_of(right, got_)) return false;
        }
        return true;
    }

    const time_window& expected_;
    const time_window& got_;
};

}  // namespace

compared compare(const answers_of_pass& expected, const answers_of_pass& got) {
    compared result;
    const pair_judge judge(expected.window, got.window);
    const answer nothing;
    for (std::size_t c = 0; c < expected.conversations.size(); ++c) {
        answer_store::reader left_reader(*expected.conversations[c]);
        answer_store::reader right_reader(*got.conversations[c]);
        std::size_t number = 0;
        while (const auto left = left_reader.next()) {
            const auto right = right_reader.next();
            ++result.statements;
            ++number;
            // A recording may end before an answer does.
            if (!left->ended) {
                ++result.set_aside;
                continue;
            }
            difference found{c, number, left->statement, {}, {}, {}};
            switch (judge.judge(*left, right ? *right : nothing, found)) {
                case pair_judge::verdict::equal:
                    ++result.equal;
                    break;
                case pair_judge::verdict::reordered:
                    ++result.reordered;
                    break;
                case pair_judge::verdict::set_aside:
                    ++result.set_aside;
                    break;
                case pair_judge::verdict::different:
                    if (++result.different <= differences_max)
                        result.differences.push_back(std::move(found));
                    break;
            }
        }
    }
    return result;
}

}  // namespace pgfold::replay
