#include "tools/top/screen_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "analyzer/report/text_layout.hpp"

namespace pgfold::top {
namespace {

using report::columns_of;
using report::duration_text;
using report::with_thousands;

constexpr std::size_t query_width_min = 16;

std::string rate_text(double per_second) {
    if (per_second > 0 && per_second < 10) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), "%.1f", per_second);
        return text.data();
    }
    return with_thousands(static_cast<std::uint64_t>(per_second + 0.5));
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return "-";
    return std::to_string(part * 100 / whole) + " %";
}

std::string latency_text(const std::optional<double>& ms) {
    return ms ? duration_text(*ms) : "-";
}

std::string right(const std::string& text, std::size_t width) {
    const std::size_t columns = columns_of(text);
    return columns >= width ? text : std::string(width - columns, ' ') + text;
}

std::string left(std::string_view text, std::size_t width) {
    std::string result = report::shortened(text, width);
    const std::size_t columns = columns_of(result);
    return columns >= width ? result : result + std::string(width - columns, ' ');
}

std::string sparkline(const std::vector<double>& values, std::size_t width) {
    constexpr std::array<std::string_view, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const std::size_t from = values.size() > width ? values.size() - width : 0;
    double highest = 1;
    for (std::size_t i = from; i < values.size(); ++i)
        highest = std::max(highest, values[i]);
    std::string line;
    for (std::size_t i = from; i < values.size(); ++i)
        line += bars[static_cast<std::size_t>(std::max(0.0, values[i]) / highest * 7 + 0.5)];
    return line;
}

struct column {
    std::string_view title;
    std::size_t width;
    std::string_view sort;  // the order that this column shows
    std::string (*value)(const statement_line& line);
};

constexpr std::array<column, 7> statement_columns = {{
    {"calls/s", 9, "",
     [](const statement_line& line) {
         return line.calls_per_s ? rate_text(*line.calls_per_s) : std::string("-");
     }},
    {"calls", 12, "calls", [](const statement_line& line) { return with_thousands(line.calls); }},
    {"total", 10, "total", [](const statement_line& line) { return duration_text(line.total_ms); }},
    {"mean", 10, "mean", [](const statement_line& line) { return duration_text(line.mean_ms); }},
    {"p95", 10, "p95", [](const statement_line& line) { return duration_text(line.p95_ms); }},
    {"p99", 10, "p99", [](const statement_line& line) { return duration_text(line.p99_ms); }},
    {"errors", 8, "errors", [](const statement_line& line) { return with_thousands(line.errors); }},
}};

std::string kind_text(const std::string& kind) {
    if (kind == "n_plus_one") return "N+1";
    if (kind == "write_loop") return "writes";
    return kind;
}

class layout {
public:
    layout(const snapshot& shown, const screen_request& request)
        : shown_(shown), request_(request) {}

    std::vector<screen_line> lines() && {
        header();
        if (!shown_.error.empty()) {
            add("", line_style::plain);
            add("pgfold does not answer: " + shown_.error, line_style::problem);
            return std::move(lines_);
        }
        // Findings take up to a third, statements what is left.
        const std::size_t foot = request_.keys ? 1 : 0;
        std::size_t rows =
            request_.connections ? shown_.connections.size() : shown_.statements.size();
        std::size_t findings = shown_.findings.size();
        if (request_.lines != 0) {
            const std::size_t used = lines_.size() + 4 + foot;  // two headings with a line before
            const std::size_t room = request_.lines > used ? request_.lines - used : 0;
            findings = std::min(findings, std::max(room / 3, room - std::min(room, rows)));
            rows = std::min(rows, room - findings);
        }
        add_findings(findings);
        if (request_.connections) {
            add_connections(rows);
        } else {
            add_statements(rows);
        }
        if (!request_.keys) return std::move(lines_);
        while (lines_.size() + 1 < request_.lines)
            add("", line_style::plain);
        add("q quit   s sort   r by total   c connections   space pause", line_style::quiet);
        return std::move(lines_);
    }

private:
    void add(const std::string& text, line_style style) {
        lines_.push_back({report::shortened(text, request_.columns), style});
    }

    void header() {
        std::string title = "pgfold " + shown_.version + "  " + request_.address;
        if (request_.paused) title += "  paused";
        add(title, line_style::heading);
        if (!shown_.error.empty()) return;
        add("queries  " + rate_text(shown_.queries_per_s) + "/s, " +
                with_thousands(shown_.queries) + " in all   latency  p50 " +
                latency_text(shown_.p50_ms) + "  p95 " + latency_text(shown_.p95_ms) + "  p99 " +
                latency_text(shown_.p99_ms),
            line_style::plain);
        add("folding  " + with_thousands(shown_.round_trips_saved) + " round trips saved, " +
                rate_text(shown_.saved_per_s) + "/s, " +
                percent_text(shown_.folded_lookups, shown_.n_plus_one_lookups) + " of " +
                with_thousands(shown_.n_plus_one_lookups) + " lookups in loops",
            line_style::plain);
        std::string connections = "clients  " + with_thousands(shown_.clients) + ", " +
                                  with_thousands(shown_.servers) + " connections to PostgreSQL";
        const std::uint64_t asked = shown_.cache_hits + shown_.cache_misses;
        if (asked > 0)
            connections += "   cache  " + percent_text(shown_.cache_hits, asked) + " hits";
        add(connections, line_style::plain);
        if (shown_.recent_queries_per_s.size() > 1)
            add(sparkline(shown_.recent_queries_per_s, request_.columns), line_style::quiet);
    }

    void add_findings(std::size_t count) {
        add("", line_style::plain);
        add(left("findings (" + std::to_string(shown_.findings_total) + ")", title_width()) +
                right("loops", 8) + right("lookups", 12) + right("folded", 8) + right("time", 10),
            line_style::heading);
        for (std::size_t i = 0; i < count; ++i) {
            const finding_line& finding = shown_.findings[i];
            add(left(left(kind_text(finding.kind), 10) + finding.title, title_width()) +
                    right(with_thousands(finding.runs), 8) +
                    right(with_thousands(finding.lookups), 12) +
                    right(percent_text(finding.folded, finding.lookups), 8) +
                    right(duration_text(finding.total_ms), 10),
                finding.kind == "n_plus_one" ? line_style::loop : line_style::plain);
        }
    }
    [[nodiscard]] std::size_t title_width() const {
        return std::max<std::size_t>(request_.columns, query_width_min + 38) - 38;
    }

    void add_statements(std::size_t count) {
        // Columns are left out from the right where the terminal is narrow, but never the order's.
        std::vector<column> columns(statement_columns.begin(), statement_columns.end());
        const auto width = [&] {
            std::size_t sum = 0;
            for (const column& one : columns)
                sum += one.width;
            return sum;
        };
        while (columns.size() > 1 && width() + query_width_min > request_.columns) {
            auto last = std::prev(columns.end());
            if (last->sort == request_.sort) --last;
            columns.erase(last);
        }
        const std::size_t query_width =
            std::max(request_.columns, width() + query_width_min) - width();
        add("", line_style::plain);
        std::string heading =
            left("statements (" + std::to_string(shown_.statements_total) + ") by " + request_.sort,
                 query_width);
        for (const column& one : columns)
            heading += right(std::string(one.title), one.width);
        add(heading, line_style::heading);
        for (std::size_t i = 0; i < count; ++i) {
            const statement_line& statement = shown_.statements[i];
            std::string line = left(report::elided_query(statement.query, 40), query_width);
            for (const column& one : columns)
                line += right(one.value(statement), one.width);
            add(line, line_style::plain);
        }
    }

    void add_connections(std::size_t count) {
        constexpr std::size_t client = 23, user = 20, application = 18, state = 16, queries = 10;
        constexpr std::size_t fixed = client + user + application + state + queries;
        const auto line = [&](std::string_view c, std::string_view u, std::string_view a,
                              std::string_view s, const std::string& q, std::string_view last) {
            const std::size_t rest =
                std::max(request_.columns, fixed + query_width_min + 2) - fixed - 2;
            return left(left(c, client - 1), client) + left(left(u, user - 1), user) +
                   left(left(a, application - 1), application) + left(s, state) +
                   right(q, queries) + "  " + report::shortened(last, rest);
        };
        add("", line_style::plain);
        add(line("connections (" + std::to_string(shown_.connections_total) + ")", "user",
                 "application", "state", "queries", "last statement"),
            line_style::heading);
        for (std::size_t i = 0; i < count; ++i) {
            const connection_line& one = shown_.connections[i];
            add(line(one.client, one.user, one.application, one.state, with_thousands(one.queries),
                     report::elided_query(one.query, 40)),
                line_style::plain);
        }
    }

    const snapshot& shown_;
    const screen_request& request_;
    std::vector<screen_line> lines_;
};

}  // namespace

std::vector<screen_line> lay_out(const snapshot& shown, const screen_request& request) {
    return layout(shown, request).lines();
}

const std::vector<std::string>& sort_orders() {
    static const std::vector<std::string> orders = {"total", "calls", "mean",
                                                    "p95",   "p99",   "errors"};
    return orders;
}

}  // namespace pgfold::top
