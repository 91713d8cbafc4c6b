#include "tools/analyze/analyze_command.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "analyzer/report/report_json.hpp"
#include "analyzer/report/report_text.hpp"
#include "analyzer/report/text_layout.hpp"
#include "tools/analyze/comparison_report.hpp"
#include "tools/analyze/html_report.hpp"
#include "tools/analyze/traffic_analysis.hpp"

namespace pgfold::analyze {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_usage = 2;
constexpr int exit_found = 3;
constexpr std::size_t html_statements_min = 50;  // a page has room
constexpr std::size_t notes_max = 20;  // a capture of a TLS server would print one per connection

class notes_printer {
public:
    void operator()(const std::string& line) {
        if (++lines_ <= notes_max) std::cerr << "pgfold analyze: " << line << '\n';
    }
    void finish() const {
        if (lines_ > notes_max) {
            std::cerr << "pgfold analyze: … and " << lines_ - notes_max << " more such lines\n";
        }
    }

private:
    std::size_t lines_ = 0;
};

// What explains an empty or a thin report.
void print_hints(const analyze_options& options, const traffic_analysis& result) {
    if (result.packets_cut != 0) {
        std::cerr << "pgfold analyze: " << report::counted(result.packets_cut, "packet")
                  << " cut short by the snapshot length: capture with tcpdump -s 0\n";
    }
    if (result.logs_read != 0) {
        std::cerr
            << "pgfold analyze: PostgreSQL's log has no results: where the keys of a loop come "
               "from cannot be proven, so loops are at most suspected\n";
        if (result.statements_without_duration != 0) {
            std::cerr << "pgfold analyze: "
                      << report::counted(result.statements_without_duration, "statement")
                      << " without a duration: log_duration = on writes it\n";
        }
        return;
    }
    if (result.totals.conversations == 0 && result.totals.encrypted == 0) {
        std::cerr << "pgfold analyze: no PostgreSQL conversation in "
                  << report::counted(result.packets, "packet")
                  << (options.port == 0 ? ": if there should be one, name the server's port with "
                                          "--port\n"
                                        : ": is it the right --port?\n");
    }
}

std::string json_text(const traffic_analysis& result, const comparison* changes) {
    boost::json::array findings;
    for (const detect::finding& finding : result.findings) {
        findings.push_back(report::to_json(finding));
    }
    boost::json::array statements;
    for (const statistics::statement_row& row : result.statements) {
        statements.push_back(report::to_json(row));
    }
    boost::json::object document;
    document["findings"] = std::move(findings);
    document["statements"] = std::move(statements);
    boost::json::array habits;
    for (const query_habit& habit : result.habits)
        habits.push_back(to_json(habit));
    document["habits"] = std::move(habits);
    document["provenance"] = result.logs_read == 0 ? "proven" : "unknown";
    if (changes != nullptr) document["comparison"] = to_json(*changes);
    return boost::json::serialize(document) + '\n';
}

report::text_options terminal_options() {
    report::text_options options;
    if (isatty(STDOUT_FILENO) == 0) return options;
    const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
    const char* terminal = std::getenv("TERM");
    options.color = (no_color == nullptr || *no_color == '\0') &&
                    (terminal == nullptr || std::string_view(terminal) != "dumb");
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) {
        options.width = size.ws_col;
    }
    return options;
}

std::string habit_lines(const traffic_analysis& result, std::size_t width) {
    constexpr std::size_t shown_max = 10;
    std::string out;
    for (std::size_t i = 0; i < result.habits.size() && i < shown_max; ++i) {
        const query_habit& habit = result.habits[i];
        std::string what;
        switch (habit.kind) {
            case habit_kind::unbounded_result:
                what = report::counted(habit.rows_max, "row") + " without LIMIT";
                break;
            case habit_kind::deep_offset:
                what = "OFFSET " + report::with_thousands(habit.offset_max);
                break;
            case habit_kind::whole_table_count:
                what = "whole table counted";
                break;
            case habit_kind::wide_columns:
                what = "long values of " + habit.columns;
                break;
        }
        what = "  " + what + ", " + report::counted(habit.calls, "call");
        if (what.size() < 40) what.resize(40, ' ');
        out +=
            report::shortened(
                what + "  " + report::elided_query(habit.statement->normalized_text, 30), width) +
            '\n';
    }
    return out;
}

std::string text_of(const analyze_options& options, const traffic_analysis& result,
                    const comparison* changes, const report::text_options& style) {
    std::string out = report::counted(result.totals.conversations, "conversation") + ", " +
                      report::counted(result.totals.statements, "statement") + ", " +
                      report::counted(result.findings.size(), "finding") + '\n';
    std::size_t number = 0;
    for (const detect::finding& finding : result.findings)
        out += '\n' + report::to_text(finding, ++number, style);
    if (changes != nullptr) out += "\nCompared with before\n" + to_text(*changes, style.width);
    if (!result.habits.empty())
        out += "\nWhat grows with the tables\n" + habit_lines(result, style.width);
    if (!result.statements.empty()) {
        out += "\nStatements by total time\n" +
               report::to_text(result.statements, options.statements_max, style);
    }
    return out;
}

bool has_failing(const analyze_options& options, const traffic_analysis& result) {
    for (const detect::finding& finding : result.findings) {
        if (!finding.suppressed_because.empty()) continue;
        for (const detect::finding_class c : options.fail_on) {
            if (finding.kind == c) return true;
        }
    }
    return false;
}

std::string written(const analyze_options& options, const traffic_analysis& result,
                    const comparison* changes) {
    switch (options.format) {
        case output_format::json:
            return json_text(result, changes);
        case output_format::html:
            return html_report(
                result, changes,
                {options.files, options.files_before,
                 std::max(options.statements_max, html_statements_min), options.version});
        case output_format::text:
            break;
    }
    return text_of(options, result, changes,
                   options.output_file.empty() ? terminal_options() : report::text_options{});
}

bool deliver(const analyze_options& options, const std::string& text) {
    if (options.output_file.empty()) {
        std::cout << text << std::flush;
        return static_cast<bool>(std::cout);
    }
    std::ofstream file(options.output_file, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) std::cerr << "pgfold analyze: " << options.output_file << ": cannot be written\n";
    return static_cast<bool>(file);
}

}  // namespace

int analyze_command(const analyze_options& options) {
    if (options.files.empty()) {
        std::cerr << "pgfold analyze: no file given: name pcap or pcapng files or PostgreSQL's "
                     "logs, or - for a capture from the standard input\n";
        return exit_usage;
    }
    notes_printer notes;
    const captures::note_sink note = [&](const std::string& line) { notes(line); };
    const traffic_options how{options.port, options.min_lookups, options.idle_gap};
    std::unique_ptr<traffic_analysis> before;
    if (!options.files_before.empty()) before = analyze_files(options.files_before, how, note);
    const auto result = analyze_files(options.files, how, note);
    notes.finish();
    if (result->files_read == 0 || (before && before->files_read == 0)) return exit_usage;
    print_hints(options, *result);
    std::optional<comparison> changes;
    if (before) changes = compare(*before, *result);
    const std::string text = written(options, *result, changes ? &*changes : nullptr);
    if (!deliver(options, text)) return exit_usage;
    if (!result->all_readable || (before && !before->all_readable)) return exit_usage;
    return has_failing(options, *result) ? exit_found : exit_ok;
}

}  // namespace pgfold::analyze
