#include "analyzer/report/report_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "analyzer/report/finding_words.hpp"
#include "analyzer/report/statement_tables.hpp"
#include "analyzer/report/text_layout.hpp"

namespace pgfold::report {
namespace {

constexpr std::size_t label_columns = 11;

class painter {
public:
    explicit painter(bool color) : color_(color) {}
    [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
    [[nodiscard]] std::string dim(std::string_view text) const { return paint("2", text); }
    [[nodiscard]] std::string in_color_of(detect::finding_class c, std::string_view text) const {
        switch (c) {
            case detect::finding_class::n_plus_one:
                return paint("1;31", text);
            case detect::finding_class::write_loop:
                return paint("1;35", text);
            default:
                return paint("1;33", text);
        }
    }
    [[nodiscard]] std::string green(std::string_view text) const { return paint("32", text); }

private:
    [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const {
        if (!color_) return std::string(text);
        return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
    }
    bool color_;
};

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string first_table(const sql::statement_template& statement) {
    const std::vector<std::string> tables = table_names(statement);
    return tables.empty() ? std::string() : tables.front();
}

// "organization.id -> employee.organization_id"
std::string link_of(const detect::finding& f) {
    std::string parent = f.parent.statement ? first_table(*f.parent.statement) : std::string();
    std::string child = f.statement ? first_table(*f.statement) : std::string();
    for (const sql::key_comparison& key : f.statement->keys) {
        if (!f.key_columns.empty() && key.column == f.key_columns.front() && !key.table.empty()) {
            child = key.table;
            break;
        }
    }
    const auto side = [](const std::string& table, const std::vector<std::string>& columns) {
        if (columns.empty()) return table;
        const std::string names =
            columns.size() == 1 ? columns.front() : '(' + joined(columns) + ')';
        return table.empty() ? names : table + '.' + names;
    };
    return side(parent, f.parent.columns) + " -> " + side(child, f.key_columns);
}

std::string headline(const detect::finding& f) {
    const std::string noun(noun_of(f.kind));
    std::string text = counted(f.lookups, noun);
    if (f.runs > 1) text += " in " + counted(f.runs, "loop");
    if (f.distinct_arguments != 0 && f.distinct_arguments < f.lookups &&
        f.kind != detect::finding_class::duplicate) {
        text += " (" + with_thousands(f.distinct_arguments) + " different)";
    }
    text += ", " + duration_text(f.total_ms);
    if (f.window_share >= 0.005) {
        std::array<char, 16> share{};
        std::snprintf(share.data(), share.size(), "%.0f", f.window_share * 100);
        text += ", " + std::string(share.data()) + " % of the time around";
    }
    if (f.round_trips_avoidable != 0) {
        text += ", " + counted(f.round_trips_avoidable, "round trip") + " to spare";
    }
    return text;
}

std::string where_of(const detect::finding& f) {
    std::string text;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        if (!text.empty()) text += ' ';
        text += std::string(name) + '=' + std::string(value);
    };
    for (const auto& [key, value] : f.tags) {
        if (key != "traceparent" && key != "tracestate") add(key, value);
    }
    add("database", f.database);
    add("user", f.user);
    add("application", f.application_name);
    return text;
}

std::string cell(std::string_view text, std::size_t width) {
    const std::size_t columns = columns_of(text);
    return std::string(width > columns ? width - columns : 0, ' ') + std::string(text);
}

std::string number_of(double value) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), value < 100 ? "%.2f" : "%.0f", value);
    return text.data();
}

double ms_of(std::uint64_t ns) {
    return static_cast<double>(ns) / 1e6;
}

}  // namespace

std::string to_text(const detect::finding& f, std::size_t number, const text_options& options) {
    const painter paint(options.color);
    const std::size_t width = std::max<std::size_t>(options.width, 40);
    const std::string position = std::to_string(number) + ". ";
    std::string out = paint.bold(position) + paint.in_color_of(f.kind, title_of(f.kind)) + "  " +
                      wrapped(headline(f), position.size() + title_of(f.kind).size() + 2, width) +
                      '\n';
    const auto line = [&](std::string_view label, std::string_view text, bool good = false) {
        if (text.empty()) return;
        std::string head = "   " + std::string(label);
        head.resize(std::max(head.size() + 1, label_columns + 3), ' ');
        const std::string body = wrapped(text, label_columns + 3, width);
        out += paint.dim(head) + (good ? paint.green(body) : body) + '\n';
    };
    line("where", where_of(f));
    if (f.parent.statement != nullptr) {
        line("parent", elided_query(f.parent.statement->normalized_text));
        line("  feeds", link_of(f));
    }
    if (f.statement != nullptr) line("child", elided_query(f.statement->normalized_text));
    line("do", f.advice.text, true);
    line("one query", f.advice.batched_query);
    if (f.folded != 0) {
        line("folded", counted(f.folded, "lookup") + ", " +
                           counted(f.round_trips_saved, "round trip") + " saved");
    } else if (f.kind == detect::finding_class::n_plus_one) {
        line("not folded", f.not_folded_because);
    }
    line("suppressed", f.suppressed_because);
    return out;
}

std::string to_text(std::span<const statistics::statement_row> rows, std::size_t rows_max,
                    const text_options& options) {
    constexpr std::size_t number_columns = 10;
    constexpr std::array<std::string_view, 6> titles = {"total ms", "calls",  "mean ms",
                                                        "p95 ms",   "max ms", "rows"};
    const painter paint(options.color);
    const std::size_t taken = titles.size() * number_columns + 2;
    const std::size_t query_columns = std::max<std::size_t>(options.width, taken + 20) - taken;

    std::string head;
    for (const std::string_view title : titles)
        head += cell(title, number_columns);
    std::string out = paint.dim(head + "  statement") + '\n';
    for (const statistics::statement_row& row : rows.first(std::min(rows_max, rows.size()))) {
        const statistics::latency_histogram& latency = row.latency;
        const std::uint64_t calls = std::max<std::uint64_t>(latency.count(), 1);
        for (const std::string& text :
             {number_of(ms_of(latency.total_ns())), with_thousands(latency.count()),
              number_of(ms_of(latency.total_ns() / calls)),
              number_of(ms_of(latency.quantile_ns(0.95))), number_of(ms_of(latency.max_ns())),
              with_thousands(row.rows)}) {
            out += cell(text, number_columns);
        }
        const std::string query = row.key.statement
                                      ? elided_query(row.key.statement->normalized_text, 12)
                                      : "(all others)";
        out += "  " + shortened(query, query_columns) + '\n';
    }
    if (rows.size() > rows_max) {
        out += paint.dim("  … and " + with_thousands(rows.size() - rows_max) +
                         " more: --format json lists them all") +
               '\n';
    }
    return out;
}

}  // namespace pgfold::report
