#include "tools/guard/guard_command.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <utility>

#include "proxy/net/runtime_config.hpp"
#include "tools/guard/child_environment.hpp"
#include "tools/guard/child_process.hpp"
#include "tools/guard/guarded_proxy.hpp"

namespace pgfold::guard {
namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_found = 3;

void complain(const std::string& line) {
    std::cerr << "pgfold guard: " << line << '\n';
}

std::optional<judgment_rules> load_rules(const guard_options& options) {
    judgment_rules rules;
    rules.classes = options.fail_on;
    bool valid = true;
    if (!options.budget_file.empty()) {
        budget_result loaded = load_budgets(options.budget_file);
        for (const config::load_error& error : loaded.errors)
            std::cerr << error.to_string() << '\n';
        valid = loaded.errors.empty();
        rules.limits = std::move(loaded.value);
    }
    if (!options.baseline_file.empty()) {
        std::string error;
        auto loaded = load_baseline(options.baseline_file, error);
        if (loaded) {
            rules.known = std::move(*loaded);
        } else {
            complain(error);
            valid = false;
        }
    }
    return valid ? std::optional(std::move(rules)) : std::nullopt;
}

// What pgfold takes of what the application's URL says.
bool find_server(config::settings& settings) {
    std::string conninfo;
    if (!net::find_upstream(settings, conninfo)) {
        complain(
            "no server: say which PostgreSQL the command uses, with $DATABASE_URL, libpq's "
            "PG* variables or --upstream");
        return false;
    }
    auto server = libpq_form(conninfo);
    if (!server) {
        complain("the upstream is not a URL of PostgreSQL");
        return false;
    }
    settings.upstream = std::move(*server);
    return true;
}

bool write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (file) return true;
    complain(path + ": cannot be written");
    return false;
}

report::text_options style_of_stderr() {
    report::text_options style;
    const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
    style.color = ::isatty(STDERR_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
    return style;
}

std::string written(const judgment& judged, const guard_options& options) {
    switch (options.format) {
        case report_format::json:
            return write_json(judged);
        case report_format::junit:
            return write_junit(judged);
        case report_format::sarif:
            return write_sarif(judged, options.version);
        case report_format::github:
            return write_github(judged);
        case report_format::text:
            break;
    }
    return write_text(judged, {});
}

// The report goes where it was asked for; people at a terminal or a build log see it as text too.
bool report(const judgment& judged, const guard_options& options) {
    const bool to_file = !options.output_file.empty();
    if (to_file || options.format != report_format::github)
        std::cerr << write_text(judged, style_of_stderr());
    if (to_file) return write_file(options.output_file, written(judged, options));
    if (options.format == report_format::text) return true;
    std::cout << written(judged, options) << std::flush;
    return static_cast<bool>(std::cout);
}

bool write_baseline(const judgment& judged, const std::string& path) {
    baseline entries;
    for (const judged_finding& one : judged.findings) {
        if (one.outcome == verdict::fails || one.outcome == verdict::known)
            entries.push_back(entry_of(one.found));
    }
    return write_file(path, to_text(std::move(entries)));
}

// A report of a machine's form on the standard output must be alone there.
bool owns_output(const guard_options& options) {
    return options.output_file.empty() && options.format != report_format::text &&
           options.format != report_format::github;
}

}  // namespace

int guard_command(const guard_options& options) {
    auto rules = load_rules(options);
    config::settings settings = options.settings;
    if (!rules || !find_server(settings)) return exit_usage;
    if (!options.fold) settings.batch.mode = config::batch_mode::off;

    const signals_held signals;
    guarded_proxy proxy;
    if (const auto errors = proxy.start(std::move(settings)); !errors.empty()) {
        for (const std::string& error : errors)
            complain(error);
        return exit_usage;
    }
    const environment variables =
        with_pgfold(current_environment(), proxy.place(), proxy.upstream());
    const child_result done = run_child(options.command, variables, signals, owns_output(options));
    observed seen = proxy.stop();
    if (!done.error.empty()) {
        complain(done.error);
        return done.status;
    }
    judgment judged = judge(std::move(seen), *rules);
    judged.command_status = done.status;
    if (!options.new_baseline_file.empty()) {
        const bool saved = write_baseline(judged, options.new_baseline_file);
        complain(summary_of(judged) + "; written to " + options.new_baseline_file);
        return saved ? done.status : exit_failure;
    }
    if (!report(judged, options)) return exit_failure;
    return judged.fails() ? exit_found : done.status;
}

std::optional<report_format> parse_report_format(std::string_view name) {
    if (name == "text") return report_format::text;
    if (name == "json") return report_format::json;
    if (name == "junit") return report_format::junit;
    if (name == "sarif") return report_format::sarif;
    if (name == "github") return report_format::github;
    return std::nullopt;
}

}  // namespace pgfold::guard
