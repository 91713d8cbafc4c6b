#include "proxy/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace pgfold::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct outcome {
    command parsed;
    std::string out, err;
    [[nodiscard]] int status() const { return std::get<finished>(parsed).status; }
};

outcome parse(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    outcome result;
    result.parsed = parse_command_line(arguments, "1.2.3", out, err);
    result.out = out.str();
    result.err = err.str();
    return result;
}

TEST(command_line, run_takes_its_options) {
    const outcome result =
        parse({"run", "-c", "a.yaml", "--listen", "127.0.0.1:1", "--listen", "unix:/x", "--admin",
               "127.0.0.1:0", "--upstream", "host=db", "--threads", "2", "--log-level", "debug",
               "--log-format", "json"});
    const auto& run = std::get<run_arguments>(result.parsed);
    EXPECT_EQ(run.config_file, "a.yaml");
    EXPECT_THAT(run.listen, ElementsAre("127.0.0.1:1", "unix:/x"));
    EXPECT_EQ(run.admin, "127.0.0.1:0");
    EXPECT_EQ(run.upstream, "host=db");
    EXPECT_EQ(run.threads, "2");
    EXPECT_EQ(run.log_level, "debug");
    EXPECT_EQ(run.log_format, "json");
    EXPECT_EQ(result.err, "");
}

TEST(command_line, run_needs_no_options) {
    const outcome result = parse({"run"});
    const auto& run = std::get<run_arguments>(result.parsed);
    EXPECT_EQ(run.config_file, "");
    EXPECT_TRUE(run.listen.empty());
}

TEST(command_line, check_takes_a_file_with_or_without_its_option) {
    EXPECT_EQ(std::get<check_arguments>(parse({"check", "-c", "x"}).parsed).config_file, "x");
    EXPECT_EQ(std::get<check_arguments>(parse({"check", "x"}).parsed).config_file, "x");
}

TEST(command_line, check_prints_the_schema_without_a_file) {
    EXPECT_TRUE(std::get<check_arguments>(parse({"check", "--schema"}).parsed).schema);
    EXPECT_FALSE(std::get<check_arguments>(parse({"check", "x"}).parsed).schema);
    EXPECT_EQ(parse({"check"}).status(), exit_usage);
    EXPECT_EQ(parse({"check", "--schema", "x"}).status(), exit_usage);
}

TEST(command_line, analyze_takes_files_and_options) {
    const outcome result =
        parse({"analyze", "a.pcap", "b.pcapng", "--format", "json", "--fail-on",
               "n_plus_one,suspected", "--fail-on", "write_loop", "--port", "5433", "--min-lookups",
               "7", "--idle-gap", "2s", "--statements", "3"});
    const auto& analyze = std::get<analyze_arguments>(result.parsed);
    EXPECT_THAT(analyze.files, ElementsAre("a.pcap", "b.pcapng"));
    EXPECT_EQ(analyze.format, "json");
    EXPECT_THAT(analyze.fail_on, ElementsAre("n_plus_one", "suspected", "write_loop"));
    EXPECT_EQ(analyze.port, 5433);
    EXPECT_EQ(analyze.min_lookups, 7u);
    EXPECT_EQ(analyze.idle_gap, std::chrono::seconds(2));
    EXPECT_EQ(analyze.statements_max, 3u);
    // An option before the files does not swallow them.
    EXPECT_THAT(
        std::get<analyze_arguments>(parse({"analyze", "--fail-on", "n_plus_one", "a.pcap"}).parsed)
            .files,
        ElementsAre("a.pcap"));
    EXPECT_THAT(std::get<analyze_arguments>(parse({"analyze", "-"}).parsed).files,
                ElementsAre("-"));
}

TEST(command_line, guard_leaves_what_follows_the_dashes_to_the_command) {
    const outcome result = parse({"guard",
                                  "--format",
                                  "junit",
                                  "--output",
                                  "a.xml",
                                  "--budget",
                                  "b.yaml",
                                  "--baseline",
                                  "c.json",
                                  "--fail-on",
                                  "n_plus_one,duplicate",
                                  "--min-lookups",
                                  "3",
                                  "--fold",
                                  "-c",
                                  "d.yaml",
                                  "--upstream",
                                  "host=db",
                                  "--",
                                  "npm",
                                  "test",
                                  "--",
                                  "--help",
                                  "run"});
    const auto& guard = std::get<guard_arguments>(result.parsed);
    EXPECT_THAT(guard.command, ElementsAre("npm", "test", "--", "--help", "run"));
    EXPECT_EQ(guard.format, "junit");
    EXPECT_EQ(guard.output_file, "a.xml");
    EXPECT_EQ(guard.budget_file, "b.yaml");
    EXPECT_EQ(guard.baseline_file, "c.json");
    EXPECT_THAT(guard.fail_on, ElementsAre("n_plus_one", "duplicate"));
    EXPECT_EQ(guard.min_lookups, "3");
    EXPECT_EQ(guard.config_file, "d.yaml");
    EXPECT_EQ(guard.upstream, "host=db");
    EXPECT_TRUE(guard.fold);
    EXPECT_EQ(result.err, "");
    const outcome plain = parse({"guard", "--", "true"});
    EXPECT_THAT(std::get<guard_arguments>(plain.parsed).fail_on, ElementsAre("n_plus_one"));
    EXPECT_FALSE(std::get<guard_arguments>(plain.parsed).fold);
}

TEST(command_line, top) {
    const outcome result = parse({"top", "--admin", "db:1", "--sort", "p95", "--once"});
    ASSERT_TRUE(std::holds_alternative<top_arguments>(result.parsed));
    const auto& top = std::get<top_arguments>(result.parsed);
    EXPECT_EQ(top.admin, "db:1");
    EXPECT_EQ(top.sort, "p95");
    EXPECT_TRUE(top.once);
    const outcome plain = parse({"top"});
    EXPECT_EQ(std::get<top_arguments>(plain.parsed).admin, "127.0.0.1:9433");
    EXPECT_FALSE(std::get<top_arguments>(plain.parsed).once);
}

TEST(command_line, help_and_version_are_answers) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                      {"-h"},
                                                      {"run", "--help"},
                                                      {"check", "-h"},
                                                      {"analyze", "--help"},
                                                      {"guard", "--help"},
                                                      {"top", "--help"}}) {
        const outcome result = parse(arguments);
        EXPECT_EQ(result.status(), 0);
        EXPECT_THAT(result.out, HasSubstr("Usage: pgfold"));
        EXPECT_EQ(result.err, "");
    }
    EXPECT_EQ(parse({"--version"}).out, "pgfold 1.2.3\n");
    EXPECT_EQ(parse({"--version"}).status(), 0);
}

TEST(command_line, mistakes_are_status_2_with_a_reason_on_stderr) {
    struct example {
        std::vector<std::string> arguments;
        const char* reason;
    };
    for (const auto& [arguments, reason] : {
             example{{}, "Usage: pgfold"},
             example{{"upgrade"},
                     "unknown command \"upgrade\"; commands are run, check, analyze, guard, top"},
             example{{"top", "--sort", "name"}, "--sort"},
             example{{"top", "stray"}, "stray"},
             example{{"rnu"}, "did you mean run?"},
             example{{"--bogus"}, "--bogus"},
             example{{"--"}, "a command is needed"},
             example{{"check", "x", "run"}, "run"},
             example{{"run", "--bogus"}, "--bogus"},
             example{{"run", "stray"}, "stray"},
             example{{"run", "-c"}, "--config"},
             example{{"run", "--listen", "a:1", "b:2"}, "b:2"},
             example{{"check"}, "--config is required"},
             example{{"analyze"}, "files"},
             example{{"analyze", "x", "--format", "pdf"}, "--format"},
             example{{"analyze", "x", "--fail-on", "everything"}, "--fail-on"},
             example{{"analyze", "x", "--port", "70000"}, "--port"},
             example{{"analyze", "x", "--min-lookups", "1"}, "--min-lookups"},
             example{{"analyze", "x", "--idle-gap", "10"}, "--idle-gap"},
             example{{"guard"}, "no command: it stands behind --"},
             example{{"guard", "--"}, "no command"},
             example{{"guard", "pytest"}, "pytest"},
             example{{"guard", "--format", "yaml", "--", "a"}, "--format"},
             example{{"guard", "--baseline", "a", "--write-baseline", "b", "--", "c"}, "baseline"},
         }) {
        const outcome result = parse(arguments);
        ASSERT_TRUE(std::holds_alternative<finished>(result.parsed)) << reason;
        EXPECT_EQ(result.status(), exit_usage) << reason;
        EXPECT_THAT(result.err, HasSubstr(reason));
        EXPECT_EQ(result.out, "") << reason;
    }
}

}  // namespace
}  // namespace pgfold::cli
