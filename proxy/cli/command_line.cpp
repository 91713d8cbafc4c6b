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

void add_run(parser& p) {
    CLI::App& command = *p.app.add_subcommand(
        "run", "Run the proxy: change only host and port in the application's DATABASE_URL");
    p.run_command = &command;
    command
        .add_option("-c,--config", p.run.config_file,
                    "YAML configuration; options given here win over it")
        ->type_name("FILE");
    command
        .add_option("--listen", p.run.listen,
                    "Where clients connect: host:port, [v6]:port or unix:/path; may be given "
                    "several times (default 127.0.0.1:6433)")
        ->type_name("ADDRESS")
        ->allow_extra_args(false);
    command
        .add_option("--admin", p.run.admin,
                    "Where metrics and the JSON API are served (default 127.0.0.1:9433)")
        ->type_name("ADDRESS");
    command
        .add_option("--upstream", p.run.upstream,
                    "PostgreSQL, as a libpq URL or key=value (default $DATABASE_URL, then "
                    "libpq's PG* variables)")
        ->type_name("URL");
    command
        .add_option("--capture", p.run.capture,
                    "Record the traffic to this file, as pcapng for Wireshark and pgfold analyze")
        ->type_name("FILE");
    command.add_option("--threads", p.run.threads, "Worker threads: a number or auto")
        ->type_name("N");
    command
        .add_option("--log-level", p.run.log_level,
                    "trace, debug, info, warning or error (default info)")
        ->type_name("LEVEL");
    command.add_option("--log-format", p.run.log_format, "text or json (default text)")
        ->type_name("FORMAT");
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
        command.add_option("-c,--config,FILE", p.check.config_file, "YAML configuration")
            ->type_name("FILE");
    command
        .add_flag("--schema", p.check.schema,
                  "Print the JSON Schema of configurations instead, for editors")
        ->excludes(file);
    command
        .add_flag("--reference", p.check.reference,
                  "Print the reference of configurations instead, as Markdown")
        ->excludes(file);
    command
        .add_option("--send-test-alert", p.check.test_alert,
                    "Tell the receivers of this alert, or this receiver, that it is a test")
        ->type_name("NAME");
    command.footer(
        "Exits with 1 when a receiver did not take a test alert.\n"
        "Exits with 0, or with 2 after printing every error as file:line:column: message.");
}

void add_analyze(parser& p) {
    CLI::App& command =
        *p.app.add_subcommand("analyze", "Find N+1 loops in captured traffic and logs, offline");
    p.analyze_command = &command;
    command
        .add_option("files", p.analyze.files,
                    "Captures (pcap, pcapng; - is stdin) or PostgreSQL's logs (CSV, JSON)")
        ->type_name("FILE")
        ->required();
    command.add_option("--format", p.analyze.format, "text, json or html (default text)")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json", "html"}));
    command
        .add_option("--output", p.analyze.output_file,
                    "Where the report goes (default standard output)")
        ->type_name("FILE");
    command
        .add_option("--before", p.analyze.files_before,
                    "An earlier capture or log to compare with; may be given several times")
        ->type_name("FILE")
        ->allow_extra_args(false);
    command
        .add_option("--fail-on", p.analyze.fail_on,
                    "Exit with 3 when a finding of this class is there: n_plus_one, suspected, "
                    "duplicate or write_loop; several with commas")
        ->type_name("CLASS")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"n_plus_one", "suspected", "duplicate", "write_loop"}));
    command
        .add_option("--port", p.analyze.port,
                    "Port of the server (default: conversations are found by their content)")
        ->type_name("PORT");
    command
        .add_option("--min-lookups", p.analyze.min_lookups,
                    "How many lookups make a loop a finding (default 5)")
        ->type_name("N")
        ->check(CLI::Range(2, 1'000'000));
    command
        .add_option("--idle-gap", p.idle_gap,
                    "Outside a transaction, a longer pause ends a loop (default 1s)")
        ->type_name("TIME");
    command
        .add_option("--statements", p.analyze.statements_max,
                    "Rows of the table of slowest statements (default 10)")
        ->type_name("N");
    command.footer(
        "Example:\n"
        "  tcpdump -i lo -w shop.pcap tcp port 5432\n"
        "  pgfold analyze shop.pcap --format html --output shop.html");
}

void add_guard(parser& p) {
    CLI::App& command = *p.app.add_subcommand(
        "guard", "Run a command, such as a test suite, and fail it when it loops");
    p.guard_command = &command;
    command
        .add_option("-c,--config", p.guard.config_file,
                    "YAML configuration: its upstream, detect and suppress are used")
        ->type_name("FILE");
    command
        .add_option("--upstream", p.guard.upstream,
                    "PostgreSQL, as a libpq URL or key=value (default $DATABASE_URL, then "
                    "libpq's PG* variables)")
        ->type_name("URL");
    command
        .add_option("--min-lookups", p.guard.min_lookups,
                    "How many lookups make a loop a finding (default 5, or as configured)")
        ->type_name("N");
    command
        .add_option("--fail-on", p.guard.fail_on,
                    "Classes that fail: n_plus_one, suspected, duplicate or write_loop; several "
                    "with commas (default n_plus_one)")
        ->type_name("CLASS")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"n_plus_one", "suspected", "duplicate", "write_loop"}));
    command
        .add_option("--budget", p.guard.budget_file,
                    "YAML: max_queries and max_lookups, for all tags and by tag")
        ->type_name("FILE");
    CLI::Option* const known =
        command.add_option("--baseline", p.guard.baseline_file, "Loops in it do not fail")
            ->type_name("FILE");
    command
        .add_option("--write-baseline", p.guard.new_baseline_file,
                    "Write what was found as a baseline, and fail nothing")
        ->type_name("FILE")
        ->excludes(known);
    command
        .add_option("--format", p.guard.format, "text, json, junit, sarif or github (default text)")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json", "junit", "sarif", "github"}));
    command
        .add_option("--output", p.guard.output_file,
                    "Where the report goes (default standard output, text to standard error)")
        ->type_name("FILE");
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
    command
        .add_option("--admin", p.top.admin,
                    "Its admin address: host:port or [v6]:port (default 127.0.0.1:9433)")
        ->type_name("ADDRESS");
    command
        .add_option("--sort", p.top.sort,
                    "Order of statements: total, calls, mean, p95, p99 or errors (default total)")
        ->type_name("ORDER")
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
    command.add_option("files", p.replay.files, "Captures (pcap, pcapng; - is stdin)")
        ->type_name("FILE")
        ->required();
    command
        .add_option("--target", p.replay.target,
                    "PostgreSQL to play to, as a libpq URL or key=value: its user, password and "
                    "database take the place of the recorded ones")
        ->type_name("URL")
        ->required();
    command
        .add_option("--speed", p.speed,
                    "How much faster than recorded, such as 0.5 or 10, or max for no pauses "
                    "(default 1)")
        ->type_name("X");
    command.add_flag("--compare", p.replay.compare,
                     "Play it twice, directly and through a pgfold of its own, and compare");
    command
        .add_option("--snapshot-command", p.replay.snapshot_command,
                    "Shell command that puts the database back, run before each pass")
        ->type_name("CMD");
    command
        .add_option("-c,--config", p.replay.config_file,
                    "YAML configuration of the pgfold that is compared with: its batch, detect "
                    "and suppress are used")
        ->type_name("FILE");
    command.add_option("--format", p.replay.format, "text or json (default text)")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}));
    command
        .add_option("--report", p.replay.report_file,
                    "Where the report goes (default standard output)")
        ->type_name("FILE");
    command
        .add_option("--port", p.replay.port,
                    "Port of the recorded server (default: conversations are found by their "
                    "content)")
        ->type_name("PORT");
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
                           available_commands available, std::ostream& out, std::ostream& err) {
    parser p;
    p.app.set_version_flag("--version", "pgfold " + std::string(version), "Print the version");
    p.app.set_help_flag("-h,--help", "Print this help");
    p.app.footer("`pgfold COMMAND --help` tells more of a command.");
    p.app.get_formatter()->column_width(help_column);
    p.app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    p.app.require_subcommand(0, 1);
    if (available.run) add_run(p);
    add_check(p);
    if (available.analyze) add_analyze(p);
    if (available.guard) add_guard(p);
    if (available.top) add_top(p);
    if (available.replay) add_replay(p);

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
    if (p.run_command != nullptr && p.run_command->parsed()) return p.run;
    if (p.top_command != nullptr && p.top_command->parsed()) return p.top;
    if (p.guard_command != nullptr && p.guard_command->parsed()) {
        if (p.guard.command.empty())
            return fail(err, "no command: it stands behind --, as in `pgfold guard -- pytest`",
                        chosen());
        return p.guard;
    }
    if (p.replay_command != nullptr && p.replay_command->parsed()) {
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
