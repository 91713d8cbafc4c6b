#include "tools/analyze/analyze_command.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "analyzer/detect/detector.hpp"
#include "analyzer/report/report_json.hpp"
#include "analyzer/report/report_text.hpp"
#include "analyzer/report/text_layout.hpp"
#include "analyzer/statistics/statement_statistics.hpp"
#include "proxy/session/connection_analysis.hpp"
#include "proxy/telemetry/counters.hpp"
#include "tools/analyze/capture_replayer.hpp"

namespace pgfold::analyze {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_usage = 2;
constexpr int exit_found = 3;
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

// What the analysis of all files came to.
struct analysis {
    std::vector<detect::finding> findings;
    std::vector<statistics::statement_row> statements;
    replay_totals totals;
    std::uint64_t packets = 0;
    std::uint64_t packets_cut = 0;
    std::size_t files_read = 0;
    bool all_readable = true;
};

analysis analyze_files(const analyze_options& options, notes_printer& notes) {
    detect::detector_settings settings;
    settings.min_lookups = options.min_lookups;
    settings.idle_gap = options.idle_gap;
    detect::detector_hub hub(settings);
    statistics::statistics_shard statistics;
    telemetry::thread_counters counters;
    const auto session_analysis = std::make_shared<const session::analysis_settings>();

    capture_replayer replayer(
        {.port = options.port},
        [&](const tcp_connection&) {
            return std::make_unique<session::connection_analysis>(session_analysis, statistics,
                                                                  hub.connect(), counters);
        },
        [&](const std::string& line) { notes(line); });

    analysis result;
    for (const std::string& file : options.files) {
        const capture_result read = replayer.replay_file(file);
        result.packets += read.packets;
        result.packets_cut += read.cut;
        if (!read.message.empty()) std::cerr << "pgfold analyze: " << read.message << '\n';
        if (read.status == capture_status::unreadable) {
            result.all_readable = false;
        } else {
            ++result.files_read;
        }
    }
    replayer.finish();
    result.totals = replayer.totals();
    result.findings = hub.findings();
    result.statements = statistics::merge({&statistics});
    return result;
}

// What explains an empty or a thin report.
void print_hints(const analyze_options& options, const analysis& result) {
    if (result.packets_cut != 0) {
        std::cerr << "pgfold analyze: " << report::counted(result.packets_cut, "packet")
                  << " cut short by the snapshot length: capture with tcpdump -s 0\n";
    }
    if (result.totals.conversations == 0 && result.totals.encrypted == 0) {
        std::cerr << "pgfold analyze: no PostgreSQL conversation in "
                  << report::counted(result.packets, "packet")
                  << (options.port == 0 ? ": if there should be one, name the server's port with "
                                          "--port\n"
                                        : ": is it the right --port?\n");
    }
}

void print_json(const analysis& result) {
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
    std::cout << boost::json::serialize(document) << '\n';
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

void print_text(const analyze_options& options, const analysis& result) {
    const report::text_options style = terminal_options();
    std::cout << report::counted(result.totals.conversations, "conversation") << ", "
              << report::counted(result.totals.statements, "statement") << ", "
              << report::counted(result.findings.size(), "finding") << '\n';
    std::size_t number = 0;
    for (const detect::finding& finding : result.findings) {
        std::cout << '\n' << report::to_text(finding, ++number, style);
    }
    if (!result.statements.empty()) {
        std::cout << "\nStatements by total time\n"
                  << report::to_text(result.statements, options.statements_max, style);
    }
}

bool has_failing(const analyze_options& options, const analysis& result) {
    for (const detect::finding& finding : result.findings) {
        if (!finding.suppressed_because.empty()) continue;
        for (const detect::finding_class c : options.fail_on) {
            if (finding.kind == c) return true;
        }
    }
    return false;
}

}  // namespace

int analyze_command(const analyze_options& options) {
    if (options.files.empty()) {
        std::cerr << "pgfold analyze: no file given: name pcap or pcapng files, or - for the "
                     "standard input\n";
        return exit_usage;
    }
    notes_printer notes;
    const analysis result = analyze_files(options, notes);
    notes.finish();
    if (result.files_read == 0) return exit_usage;
    print_hints(options, result);
    if (options.format == output_format::json) {
        print_json(result);
    } else {
        print_text(options, result);
    }
    std::cout.flush();
    if (!result.all_readable || !std::cout) return exit_usage;
    return has_failing(options, result) ? exit_found : exit_ok;
}

}  // namespace pgfold::analyze
