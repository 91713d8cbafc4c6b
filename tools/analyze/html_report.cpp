#include "tools/analyze/html_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "analyzer/report/finding_words.hpp"
#include "analyzer/report/report_json.hpp"
#include "analyzer/report/statement_tables.hpp"
#include "analyzer/report/text_layout.hpp"
#include "tools/analyze/html_style.hpp"
#include "tools/analyze/html_text.hpp"
#include "tools/analyze/waterfall.hpp"

namespace pgfold::analyze {
namespace {

using detect::finding;
using detect::finding_class;
using report::bytes_text;
using report::counted;
using report::duration_text;
using report::with_thousands;

constexpr std::size_t findings_shown = 200;  // of each class; the page says how many are not
constexpr std::size_t rows_shown = 50;       // of other tables

// Of the time of its lookups, what one statement for each loop would have spared.
double saved_ms(const finding& found) {
    if (found.lookups == 0) return 0;
    return found.total_ms * static_cast<double>(found.round_trips_avoidable) /
           static_cast<double>(found.lookups);
}

std::string first_table(const sql::template_ptr& statement) {
    const auto tables = statement ? report::table_names(*statement) : std::vector<std::string>();
    return tables.empty() ? std::string() : tables.front();
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string named(const std::vector<std::string>& files) {
    constexpr std::size_t shown_max = 4;
    std::string text =
        joined({files.begin(),
                files.begin() + static_cast<std::ptrdiff_t>(std::min(files.size(), shown_max))});
    if (files.size() > shown_max)
        text += " and " + counted(files.size() - shown_max, "file") + " more";
    return text;
}

std::string where_of(const finding& found) {
    std::string text;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        text += (text.empty() ? "" : " · ") + std::string(name) + ' ' + std::string(value);
    };
    for (const auto& [key, value] : found.tags)
        if (key != "traceparent" && key != "tracestate") add(key, value);
    add("database", found.database);
    add("user", found.user);
    add("application", found.application_name);
    return text;
}

std::string percent_change(double before, double after) {
    if (before <= 0) return "new";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%+.0f %%", (after / before - 1) * 100);
    return text.data();
}

class page {
public:
    page(const traffic_analysis& analysis, const comparison* changes, const html_options& options)
        : analysis_(analysis), changes_(changes), options_(options) {
        for (const finding& found : analysis.findings)
            by_saved_.push_back(&found);
        std::stable_sort(
            by_saved_.begin(), by_saved_.end(),
            [](const finding* a, const finding* b) { return saved_ms(*a) > saved_ms(*b); });
    }

    std::string write() {
        head();
        totals();
        notes();
        if (changes_ != nullptr) compared();
        findings("loops", "Loops, by the time that one statement would save",
                 {finding_class::n_plus_one, finding_class::suspected},
                 "No statement is run once for each row of another's result.");
        findings("duplicates", "The same again", {finding_class::duplicate},
                 "No statement is repeated with the same arguments.");
        findings("writes", "Writes, row by row", {finding_class::write_loop},
                 "No rows are written one at a time.");
        statements();
        habits(habit_kind::unbounded_result, "unbounded", "Results without a bound",
               "No SELECT without LIMIT returned " + with_thousands(query_habits::rows_min) +
                   " rows or more.");
        habits(habit_kind::deep_offset, "offset", "Pages behind a large OFFSET",
               "No page begins " + with_thousands(query_habits::offset_min) +
                   " rows or more down the list.");
        habits(habit_kind::whole_table_count, "counts", "Whole tables counted",
               "No table is counted as a whole.");
        habits(
            habit_kind::wide_columns, "wide", "Long values that nothing filters by",
            "No statement fetches long values of a column that none filters, joins or sorts by.");
        html_.markup("</body></html>\n");
        return html_.str();
    }

private:
    void head() {
        html_
            .markup(
                "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'\">"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                "<title>pgfold: ")
            .text(named(options_.files))
            .markup("</title><style>")
            .markup(html_style)
            .markup("</style></head><body>\n<h1>What the database was asked</h1>")
            .element("p", named(options_.files), "quiet");
        if (analysis_.last_at != timestamp{}) {
            html_.element("p",
                          report::to_rfc3339(analysis_.first_at).substr(0, 19) + " to " +
                              report::to_rfc3339(analysis_.last_at).substr(0, 19) + " · pgfold " +
                              options_.version,
                          "quiet");
        }
        html_.markup("<nav>");
        if (changes_ != nullptr) html_.markup("<a href=\"#compared\">Compared</a>");
        html_.markup(
            "<a href=\"#loops\">Loops</a><a href=\"#duplicates\">Duplicates</a>"
            "<a href=\"#writes\">Writes</a><a href=\"#statements\">Statements</a>"
            "<a href=\"#unbounded\">Unbounded</a><a href=\"#offset\">OFFSET</a>"
            "<a href=\"#counts\">Counts</a><a href=\"#wide\">Long values</a></nav>\n");
    }

    void total(const std::string& number, std::string_view of_what) {
        html_.markup("<div>").element("b", number).text(of_what).markup("</div>");
    }

    void totals() {
        double saved = 0, spent = 0;
        std::uint64_t loops = 0, spare = 0;
        for (const finding& found : analysis_.findings) {
            if (found.kind != finding_class::n_plus_one) continue;
            ++loops;
            saved += saved_ms(found);
            spare += found.round_trips_avoidable;
        }
        for (const statistics::statement_row& row : analysis_.statements)
            spent += static_cast<double>(row.latency.total_ns()) / 1e6;
        html_.markup("<div class=\"totals\">");
        total(with_thousands(analysis_.totals.statements), "statements");
        total(with_thousands(analysis_.totals.conversations), "connections");
        total(duration_text(spent), "in the database");
        total(with_thousands(loops), "N+1 loops");
        total(duration_text(saved), "in loops, to save");
        total(with_thousands(spare), "round trips to spare");
        html_.markup("</div>\n");
    }

    void notes() {
        if (analysis_.logs_read != 0) {
            html_.element("p",
                          "PostgreSQL's log has statements but no results. That a loop is fed by "
                          "another statement cannot be proven from it: loops are shown as "
                          "suspected, and rows are not counted. A capture shows both.",
                          "note");
        }
        if (!analysis_.all_readable) html_.element("p", "Not all files could be read.", "note");
    }

    void row(std::initializer_list<std::string_view> cells, std::string_view name = "td") {
        html_.markup("<tr>");
        for (const std::string_view cell : cells)
            html_.element(name, cell);
        html_.markup("</tr>\n");
    }
    void table(std::initializer_list<std::string_view> titles) {
        html_.markup("<div class=\"scroll\"><table><thead>");
        row(titles, "th");
        html_.markup("</thead><tbody>\n");
    }
    void end_table() { html_.markup("</tbody></table></div>\n"); }
    void left_out(std::size_t all, std::size_t shown) {
        if (all > shown)
            html_.element("p", "… and " + with_thousands(all - shown) + " more", "quiet");
    }

    void entry(std::string_view name, std::string_view text, bool code, std::string_view css = {}) {
        if (text.empty()) return;
        html_.element("dt", name).markup("<dd>").element(code ? "pre" : "div", text, css);
        html_.markup("</dd>");
    }

    void show(const finding& found) {
        html_.markup("<section class=\"finding\"><h3>")
            .element("span", report::title_of(found.kind), "tag");
        std::string title;
        if (found.parent.statement) {
            title =
                first_table(found.parent.statement) + '.' + joined(found.parent.columns) + " → ";
        }
        title += first_table(found.statement);
        if (!found.key_columns.empty()) title += '.' + joined(found.key_columns);
        html_.text(title).markup("</h3>");
        std::string line = counted(found.lookups, "statement");
        if (found.runs > 1) line += " in " + counted(found.runs, "loop");
        line += ", " + duration_text(found.total_ms);
        if (saved_ms(found) > 0) line += "; " + duration_text(saved_ms(found)) + " to save";
        html_.element("p", line);
        html_.element("p", where_of(found), "quiet");
        html_.markup("<dl>");
        if (found.parent.statement)
            entry("for each of", found.parent.statement->normalized_text, true);
        entry("it ran", found.statement->normalized_text, true);
        entry("once", found.advice.batched_query, true, "good");
        entry("fix", found.advice.text, false, "good");
        entry("suppressed", found.suppressed_because, false);
        html_.markup("</dl>");
        if (const loop_timeline* timeline = analysis_.timelines.find(found)) {
            const std::string svg = waterfall_svg(*timeline);
            if (!svg.empty())
                html_.markup("<details open><summary class=\"quiet\">its longest run</summary>")
                    .markup(svg)
                    .markup("</details>");
        }
        html_.markup("</section>\n");
    }

    void section(std::string_view id, std::string_view title) {
        html_.markup("<h2 id=\"").markup(id).markup("\">").text(title).markup("</h2>\n");
    }

    void findings(std::string_view id, std::string_view title,
                  std::initializer_list<finding_class> kinds, std::string_view none) {
        section(id, title);
        std::size_t all = 0;
        for (const finding* found : by_saved_) {
            if (std::find(kinds.begin(), kinds.end(), found->kind) == kinds.end()) continue;
            if (++all <= findings_shown) show(*found);
        }
        if (all == 0) html_.element("p", none, "quiet");
        left_out(all, findings_shown);
    }

    void statements() {
        section("statements", "Statements, by total time");
        table({"total", "calls", "mean", "p95", "max", "rows", "statement"});
        const std::size_t shown = std::min(options_.statements_max, analysis_.statements.size());
        const auto ms = [](std::uint64_t ns) {
            return duration_text(static_cast<double>(ns) / 1e6);
        };
        for (std::size_t i = 0; i < shown; ++i) {
            const statistics::statement_row& one = analysis_.statements[i];
            const auto& latency = one.latency;
            row({ms(latency.total_ns()), with_thousands(latency.count()),
                 ms(latency.total_ns() / std::max<std::uint64_t>(latency.count(), 1)),
                 ms(latency.quantile_ns(0.95)), ms(latency.max_ns()), with_thousands(one.rows),
                 one.key.statement ? one.key.statement->normalized_text : "(all others)"});
        }
        end_table();
        left_out(analysis_.statements.size(), shown);
    }

    // `detail` names what a kind of habit has for itself: its OFFSET, its columns.
    void habit_rows(const std::vector<const query_habit*>& some, std::string_view detail) {
        table({"calls", "total", "largest", "bytes", detail, "statement"});
        for (std::size_t i = 0; i < some.size() && i < rows_shown; ++i) {
            const query_habit& habit = *some[i];
            row({with_thousands(habit.calls),
                 duration_text(static_cast<double>(habit.total.count()) / 1e6),
                 counted(habit.rows_max, "row"), bytes_text(habit.bytes_max),
                 habit.offset_max == 0 ? habit.columns : with_thousands(habit.offset_max),
                 habit.statement->normalized_text});
        }
        end_table();
        left_out(some.size(), rows_shown);
    }

    void habits(habit_kind kind, std::string_view id, std::string_view title,
                const std::string& none) {
        section(id, title);
        std::vector<const query_habit*> some;
        for (const query_habit& habit : analysis_.habits)
            if (habit.kind == kind) some.push_back(&habit);
        if (some.empty()) {
            html_.element("p", none, "quiet");
        } else {
            habit_rows(some, kind == habit_kind::wide_columns  ? "columns"
                             : kind == habit_kind::deep_offset ? "OFFSET"
                                                               : "");
        }
    }

    void change_rows(std::string_view title, const std::vector<statement_change>& changes) {
        if (changes.empty()) return;
        html_.element("h3", title);
        table({"mean before", "now", "", "p95 before", "now", "calls before", "now", "statement"});
        for (std::size_t i = 0; i < changes.size() && i < rows_shown; ++i) {
            const statement_change& c = changes[i];
            row({duration_text(c.before.mean_ms), duration_text(c.after.mean_ms),
                 percent_change(c.before.mean_ms, c.after.mean_ms), duration_text(c.before.p95_ms),
                 duration_text(c.after.p95_ms), with_thousands(c.before.calls),
                 with_thousands(c.after.calls), c.statement->normalized_text});
        }
        end_table();
        left_out(changes.size(), rows_shown);
    }

    void loop_rows(std::string_view title, const std::vector<finding>& loops) {
        if (loops.empty()) return;
        html_.element("h3", title);
        table({"class", "lookups", "total", "statement"});
        for (std::size_t i = 0; i < loops.size() && i < rows_shown; ++i) {
            row({report::title_of(loops[i].kind), with_thousands(loops[i].lookups),
                 duration_text(loops[i].total_ms), loops[i].statement->normalized_text});
        }
        end_table();
        left_out(loops.size(), rows_shown);
    }

    void compared() {
        section("compared", "Compared with " + named(options_.files_before));
        if (changes_->nothing_worse()) html_.element("p", "Nothing got worse.", "good");
        loop_rows("New loops", changes_->new_loops);
        if (!changes_->longer_loops.empty()) {
            html_.element("h3", "Longer loops");
            table({"lookups per loop before", "now", "statement"});
            for (const loop_change& c : changes_->longer_loops) {
                const auto per_run = [](const finding& f) {
                    return with_thousands(f.lookups / std::max<std::uint64_t>(f.runs, 1));
                };
                row({per_run(c.before), per_run(c.after), c.after.statement->normalized_text});
            }
            end_table();
        }
        change_rows("Slower", changes_->slower);
        change_rows("More frequent", changes_->more_frequent);
        if (!changes_->new_habits.empty()) {
            html_.element("h3",
                          "New unbounded results, large OFFSETs, whole counts and long values");
            std::vector<const query_habit*> some;
            for (const query_habit& habit : changes_->new_habits)
                some.push_back(&habit);
            habit_rows(some, "OFFSET, columns");
        }
        loop_rows("Gone", changes_->gone_loops);
    }

    const traffic_analysis& analysis_;
    const comparison* changes_;
    const html_options& options_;
    std::vector<const finding*> by_saved_;
    html_text html_;
};

}  // namespace

std::string html_report(const traffic_analysis& analysis, const comparison* changes,
                        const html_options& options) {
    return page(analysis, changes, options).write();
}

}  // namespace pgfold::analyze
