#include "proxy/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <ostream>

#include "config/nearest_key.hpp"
#include "config/units.hpp"

namespace pgfold::cli {
namespace {

constexpr std::size_t help_column = 34;

struct parser {
    CLI::App app{"Finds N+1 query loops between an application and PostgreSQL.", "pgfold"};
    run_arguments run;
    check_arguments check;
    analyze_arguments analyze;
    guard_arguments guard;
    top_arguments top;
    replay_arguments replay;
    std::string speed = "1";
    std::string idle_gap = "1s";
    CLI::App* run_command = nullptr;
    CLI::App* check_command = nullptr;
    CLI::App* analyze_command = nullptr;
    CLI::App* guard_command = nullptr;
    CLI::App* top_command = nullptr;
    CLI::App* replay_command = nullptr;
};

template <class Value>
CLI::Option* add(CLI::App& command, const char* names, Value& value, const char* type,
                 const char* help) {
    return command.add_option(names, value, help)->type_name(type);
}

void add_upstream(CLI::App& command, std::string& value) {
    add(command, "--upstream", value, "URL",
        "PostgreSQL, as a libpq URL or key=value (default $DATABASE_URL, then libpq's PG* "
        "variables)");
}

void add_files(CLI::App& command, std::vector<std::string>& value, const char* help) {
    add(command, "files", value, "FILE", help)->required();
}

void add_port(CLI::App& command, std::uint16_t& value) {
    add(command, "--port", value, "PORT",
        "Port of the recorded server (default: conversations are found by their content)");
}

void add_fail_on(CLI::App& command, std::vector<std::string>& value, const std::string& effect) {
    const std::string classes =
        ": n_plus_one, suspected, duplicate or write_loop; several with commas";
    add(command, "--fail-on", value, "CLASS", (effect + classes).c_str())
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"n_plus_one", "suspected", "duplicate", "write_loop"}));
}

// The first is the default.
void add_format(CLI::App& command, std::string& value, const std::vector<std::string>& formats) {
    std::string help;
    for (std::size_t i = 0; i < formats.size(); ++i)
        help += (i == 0 ? "" : i + 1 == formats.size() ? " or " : ", ") + formats[i];
    help += " (default " + formats.front() + ")";
    add(command, "--format", value, "FORMAT", help.c_str())->check(CLI::IsMember(formats));
}

void add_run(parser& p) {
    CLI::App& command = *p.app.add_subcommand(
        "run", "Run the proxy: change only host and port in the application's DATABASE_URL");
    p.run_command = &command;
    add(command, "-c,--config", p.run.config_file, "FILE",
        "YAML configuration; options given here win over it");
    add(command, "--listen", p.run.listen, "ADDRESS",
        "Where clients connect: host:port, [v6]:port or unix:/path; may be given "
        "several times (default 127.0.0.1:6433)")
        ->allow_extra_args(false);
    add(command, "--admin", p.run.admin, "ADDRESS",
        "Where metrics and the JSON API are served (default 127.0.0.1:9433)");
    add_upstream(command, p.run.upstream);
    add(command, "--capture", p.run.capture, "FILE",
        "Record the traffic to this file, as pcapng for Wireshark and pgfold analyze");
    add(command, "--threads", p.run.threads, "N", "Worker threads: a number or auto");
    add(command, "--log-level", p.run.log_level, "LEVEL",
        "trace, debug, info, warning or error (default info)");
    add(command, "--log-format", p.run.log_format, "FORMAT", "text or json (default text)");
    command.footer(
        "Prints `ready: postgresql://HOST:PORT  admin: http://HOST:PORT` on stderr once it "
        "accepts\n"
        "connections. Port 0 picks a free one. SIGTERM lets sessions finish their transaction,\n"
        "SIGHUP reads the configuration again.\n\n"
        "Example:\n"
        "  pgfold run --upstream postgresql://db.internal/shop");
}

void add_check(parser& p) {
    CLI::App& command = *p.app.add_subcommand("check", "Check a configuration file");
    p.check_command = &command;
    CLI::Option* const file =
        add(command, "-c,--config,FILE", p.check.config_file, "FILE", "YAML configuration");
    command
        .add_flag("--schema", p.check.schema,
                  "Print the JSON Schema of configurations instead, for editors")
        ->excludes(file);
    command
        .add_flag("--reference", p.check.reference,
                  "Print the reference of configurations instead, as Markdown")
        ->excludes(file);
    add(command, "--send-test-alert", p.check.test_alert, "NAME",
        "Tell the receivers of this alert, or this receiver, that it is a test");
    command.footer(
        "Exits with 1 when a receiver did not take a test alert.\n"
        "Exits with 0, or with 2 after printing every error as file:line:column: message.");
}

void add_analyze(parser& p) {
    CLI::App& command =
        *p.app.add_subcommand("analyze", "Find N+1 loops in captured traffic and logs, offline");
    p.analyze_command = &command;
    add_files(command, p.analyze.files,
              "Captures (pcap, pcapng; - is stdin) or PostgreSQL's logs (CSV, JSON)");
    add_format(command, p.analyze.format, {"text", "json", "html"});
    add(command, "--output", p.analyze.output_file, "FILE",
        "Where the report goes (default standard output)");
    add(command, "--before", p.analyze.files_before, "FILE",
        "An earlier capture or log to compare with; may be given several times")
        ->allow_extra_args(false);
    add_fail_on(command, p.analyze.fail_on, "Exit with 3 when a finding of such a class is there");
    add_port(command, p.analyze.port);
    add(command, "--min-lookups", p.analyze.min_lookups, "N",
        "How many lookups make a loop a finding (default 5)")
        ->check(CLI::Range(2, 1'000'000));
    add(command, "--idle-gap", p.idle_gap, "TIME",
        "Outside a transaction, a longer pause ends a loop (default 1s)");
    add(command, "--statements", p.analyze.statements_max, "N",
        "Rows of the table of slowest statements (default 10)");
    command.footer(
        "Example:\n"
        "  tcpdump -i lo -w shop.pcap tcp port 5432\n"
        "  pgfold analyze shop.pcap --format html --output shop.html");
}

void add_guard(parser& p) {
    CLI::App& command = *p.app.add_subcommand(
        "guard", "Run a command, such as a test suite, and fail it when it loops");
    p.guard_command = &command;
    add(command, "-c,--config", p.guard.config_file, "FILE",
        "YAML configuration: its upstream, detect and suppress are used");
    add_upstream(command, p.guard.upstream);
    add(command, "--min-lookups", p.guard.min_lookups, "N",
        "How many lookups make a loop a finding (default 5, or as configured)");
    add_fail_on(command, p.guard.fail_on, "Classes that fail (default n_plus_one)");
    add(command, "--budget", p.guard.budget_file, "FILE",
        "YAML: max_queries and max_lookups, for all tags and by tag");
    CLI::Option* const known =
        add(command, "--baseline", p.guard.baseline_file, "FILE", "Loops in it do not fail");
    add(command, "--write-baseline", p.guard.new_baseline_file, "FILE",
        "Write what was found as a baseline, and fail nothing")
        ->excludes(known);
    add_format(command, p.guard.format, {"text", "json", "junit", "sarif", "github"});
    add(command, "--output", p.guard.output_file, "FILE",
        "Where the report goes (default standard output, text to standard error)");
    command.add_flag("--fold", p.guard.fold, "Fold loops as `pgfold run` does, not only find them");
    command.footer(
        "COMMAND finds a private pgfold in DATABASE_URL and PG*. Exits with 3 when a loop is "
        "found\n"
        "that the baseline does not hold, or a budget is exceeded, else with COMMAND's own "
        "status.\n"
        "SET pgfold.tag = 'name' says what the queries of a session are for.\n\n"
        "Example:\n"
        "  pgfold guard --baseline loops.json -- pytest");
}

void add_top(parser& p) {
    CLI::App& command =
        *p.app.add_subcommand("top", "Watch a running pgfold in the terminal, once a second");
    p.top_command = &command;
    add(command, "--admin", p.top.admin, "ADDRESS",
        "Its admin address: host:port or [v6]:port (default 127.0.0.1:9433)");
    add(command, "--sort", p.top.sort, "ORDER",
        "Order of statements: total, calls, mean, p95, p99 or errors (default total)")
        ->check(CLI::IsMember({"total", "calls", "mean", "p95", "p99", "errors"}));
    command.add_flag("--once", p.top.once, "Print it once as text and exit, for pipes");
    command.footer(
        "Keys: q quits, s takes the next order, r goes back to total, c shows "
        "connections, space pauses.");
}

void add_replay(parser& p) {
    CLI::App& command =
        *p.app.add_subcommand("replay", "Play recorded traffic again, and compare the answers");
    p.replay_command = &command;
    add_files(command, p.replay.files, "Captures (pcap, pcapng; - is stdin)");
    add(command, "--target", p.replay.target, "URL",
        "PostgreSQL to play to, as a libpq URL or key=value: its user, password and "
        "database take the place of the recorded ones")
        ->required();
    add(command, "--speed", p.speed, "X",
        "How much faster than recorded, such as 0.5 or 10, or max for no pauses "
        "(default 1)");
    command.add_flag("--compare", p.replay.compare,
                     "Play it twice, directly and through a pgfold of its own, and compare");
    add(command, "--snapshot-command", p.replay.snapshot_command, "CMD",
        "Shell command that puts the database back, run before each pass");
    add(command, "-c,--config", p.replay.config_file, "FILE",
        "YAML configuration of the pgfold that is compared with: its batch, detect "
        "and suppress are used");
    add_format(command, p.replay.format, {"text", "json"});
    add(command, "--report", p.replay.report_file, "FILE",
        "Where the report goes (default standard output)");
    add_port(command, p.replay.port);
    command.footer(
        "Exits with 4 when --compare finds answers that differ.\n\n"
        "Example:\n"
        "  pgfold replay traffic.pcapng --target postgresql://localhost/shop_copy --compare");
}

// "max" is 0. Nothing when it is neither that nor a positive number.
std::optional<double> parse_speed(const std::string& text) {
    if (text == "max") return 0;
    double speed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
    if (error != std::errc() || end != text.data() + text.size() || !(speed > 0) || speed > 1e6)
        return std::nullopt;
    return speed;
}

finished fail(std::ostream& err, const std::string& message, const std::string& command = "") {
    err << "pgfold: " << message << "\nTry `pgfold " << command << (command.empty() ? "" : " ")
        << "--help`.\n";
    return {exit_usage};
}

// CLI11 would take a mistyped command for a stray argument.
std::string unknown_command(const CLI::App& app, const std::string& word) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({}))
        names.push_back(command->get_name());
    if (std::find(names.begin(), names.end(), word) != names.end()) return {};
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view nearest = config::nearest_key(word, known);
    std::string message = "unknown command \"" + word + "\"";
    if (!nearest.empty()) return message + "; did you mean " + std::string(nearest) + "?";
    message += "; commands are ";
    for (std::size_t i = 0; i < names.size(); ++i)
        message += (i == 0 ? "" : ", ") + names[i];
    return message;
}

}  // namespace

command parse_command_line(const std::vector<std::string>& arguments, std::string_view version,
                           std::ostream& out, std::ostream& err) {
    parser p;
    p.app.set_version_flag("--version", "pgfold " + std::string(version), "Print the version");
    p.app.set_help_flag("-h,--help", "Print this help");
    p.app.footer("`pgfold COMMAND --help` tells more of a command.");
    p.app.get_formatter()->column_width(help_column);
    p.app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    p.app.require_subcommand(0, 1);
    add_run(p);
    add_check(p);
    add_analyze(p);
    add_guard(p);
    add_top(p);
    add_replay(p);

    for (CLI::App* each : p.app.get_subcommands({}))
        each->group("Commands");

    if (arguments.empty()) {
        err << p.app.help();
        return finished{exit_usage};
    }
    if (arguments.front().front() != '-') {
        const std::string problem = unknown_command(p.app, arguments.front());
        if (!problem.empty()) return fail(err, problem);
    }
    const auto chosen = [&]() -> std::string {
        const auto commands = p.app.get_subcommands();
        return commands.empty() ? "" : commands.front()->get_name();
    };
    // What follows -- is another program's, whatever it looks like.
    auto own_end = arguments.end();
    if (arguments.front() == "guard") own_end = std::find(arguments.begin(), own_end, "--");
    if (own_end != arguments.end()) p.guard.command.assign(own_end + 1, arguments.end());
    try {
        std::vector<std::string> reversed(std::make_reverse_iterator(own_end),
                                          arguments.rend());  // as CLI11 wants it
        p.app.parse(std::move(reversed));
    } catch (const CLI::Success& request) {  // help or version
        p.app.exit(request, out, err);
        return finished{0};
    } catch (const CLI::ParseError& error) {
        return fail(err, error.what(), chosen());
    }
    if (p.app.get_subcommands().empty()) return fail(err, "a command is needed");
    if (p.check_command->parsed()) {
        if (p.check.config_file.empty() && !p.check.schema && !p.check.reference)
            return fail(err, "--config is required", chosen());
        return p.check;
    }
    if (p.run_command->parsed()) return p.run;
    if (p.top_command->parsed()) return p.top;
    if (p.guard_command->parsed()) {
        if (p.guard.command.empty())
            return fail(err, "no command: it stands behind --, as in `pgfold guard -- pytest`",
                        chosen());
        return p.guard;
    }
    if (p.replay_command->parsed()) {
        const auto speed = parse_speed(p.speed);
        if (!speed) return fail(err, "--speed: expected a number above 0, or max", chosen());
        p.replay.speed = *speed;
        return p.replay;
    }
    const auto idle_gap = config::parse_duration(p.idle_gap);
    if (!idle_gap || idle_gap->count() == 0) {
        return fail(err, "--idle-gap: expected a duration such as 500ms or 2s", chosen());
    }
    p.analyze.idle_gap = *idle_gap;
    return p.analyze;
}

}  // namespace pgfold::cli
