#include "config/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "config/schema.hpp"

namespace pgfold::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::optional<std::string> test_variables(const std::string& name) {
    if (name == "PORT") return "7000";
    if (name == "INJECTION") return "x\nthreads: 3";
    if (name == "BRACES") return "{a: [b}";
    return std::nullopt;
}

load_result parse_text(std::string_view text) {
    return parse(text, "test.yaml", test_variables);
}

settings parse_valid(std::string_view text) {
    const load_result result = parse_text(text);
    for (const load_error& error : result.errors)
        ADD_FAILURE() << error.to_string();
    return result.value.value_or(settings{});
}

std::vector<std::string> errors_of(std::string_view text) {
    const load_result result = parse_text(text);
    EXPECT_EQ(result.value.has_value(), result.errors.empty());
    std::vector<std::string> lines;
    for (const load_error& error : result.errors)
        lines.push_back(error.to_string());
    return lines;
}

TEST(loader, an_empty_document_is_all_defaults) {
    for (const char* text : {"", "\n", "# only a comment\n", "---\n", "~\n", "{}\n"}) {
        const settings values = parse_valid(text);
        EXPECT_EQ(values.listen, settings{}.listen);
        EXPECT_EQ(values.detect.min_lookups, settings{}.detect.min_lookups);
    }
}

TEST(loader, every_key_arrives_in_its_place) {
    const settings values = parse_valid(R"(
listen: [127.0.0.1:1, "[::1]:2", "unix:/run/s"]
admin: {listen: 127.0.0.1:3, token: sesame}
upstream: postgresql://db/shop
threads: 4
detect: {enabled: false, min_lookups: 7, idle_gap: 2s, slow_query: 0}
batch:
  mode: observe
  strategy: pipeline
  trigger: 3
  max_keys: 10
  max_bytes: 5KiB
  max_age: 2s
  exclude:
    - {table: t, fingerprint: 0123456789abcdef, role: r, database: d, application_name: a}
    - {table: u}
limits: {client_connections: 9, startup_timeout: 3s, connect_timeout: 4s, drain_timeout: 5m}
log: {level: warning, format: json}
comments: strip
suppress:
  - {route: /a/*, fingerprint: 0123456789abcdef, table: t, tag: k=v, class: duplicate, reason: r}
  - {route: /b, reason: s}
)");
    EXPECT_THAT(values.listen, ElementsAre("127.0.0.1:1", "[::1]:2", "unix:/run/s"));
    EXPECT_EQ(values.admin.listen, "127.0.0.1:3");
    EXPECT_EQ(values.admin.token, "sesame");
    EXPECT_EQ(values.upstream, "postgresql://db/shop");
    EXPECT_EQ(values.threads, 4u);
    EXPECT_FALSE(values.detect.enabled);
    EXPECT_EQ(values.detect.min_lookups, 7u);
    EXPECT_EQ(values.detect.idle_gap, 2s);
    EXPECT_EQ(values.detect.slow_query, 0s);
    EXPECT_EQ(values.batch.mode, batch_mode::observe);
    EXPECT_EQ(values.batch.strategy, batch_strategy::pipeline);
    EXPECT_EQ(values.batch.trigger, 3u);
    EXPECT_EQ(values.batch.max_keys, 10u);
    EXPECT_EQ(values.batch.max_bytes, 5u * 1024);
    EXPECT_EQ(values.batch.max_age, 2s);
    ASSERT_EQ(values.batch.exclude.size(), 2u);
    EXPECT_EQ(values.batch.exclude[0].table, "t");
    EXPECT_EQ(values.batch.exclude[0].fingerprint, "0123456789abcdef");
    EXPECT_EQ(values.batch.exclude[0].role, "r");
    EXPECT_EQ(values.batch.exclude[0].database, "d");
    EXPECT_EQ(values.batch.exclude[0].application_name, "a");
    EXPECT_EQ(values.batch.exclude[1].table, "u");
    EXPECT_EQ(values.limits.client_connections, 9u);
    EXPECT_EQ(values.limits.startup_timeout, 3s);
    EXPECT_EQ(values.limits.connect_timeout, 4s);
    EXPECT_EQ(values.limits.drain_timeout, 5min);
    EXPECT_EQ(values.log.level, log_level::warning);
    EXPECT_EQ(values.log.format, log_format::json);
    EXPECT_EQ(values.comments, comments_mode::strip);
    ASSERT_EQ(values.suppress.size(), 2u);
    EXPECT_EQ(values.suppress[0].route, "/a/*");
    EXPECT_EQ(values.suppress[0].fingerprint, "0123456789abcdef");
    EXPECT_EQ(values.suppress[0].table, "t");
    EXPECT_EQ(values.suppress[0].tag, "k=v");
    EXPECT_EQ(values.suppress[0].class_name, "duplicate");
    EXPECT_EQ(values.suppress[0].reason, "r");
    EXPECT_EQ(values.suppress[1].route, "/b");
}

// A field of `settings` that the schema forgets would never be read, shown or compared.
TEST(loader, the_schema_shows_the_defaults_of_config_hpp) {
    const settings defaults;
    std::size_t keys = 0;
    for (const field& key : schema()) {
        if (const auto* section = std::get_if<section_type>(&key.type)) {
            for (const field& inner : section->fields) {
                EXPECT_FALSE(inner.description.empty()) << inner.key;
                ++keys;
            }
        }
        EXPECT_FALSE(key.description.empty()) << key.key;
    }
    EXPECT_EQ(keys, 36u);
    EXPECT_EQ(spell(schema()[0].type, &defaults), "127.0.0.1:6433");
}

TEST(loader, one_address_needs_no_list) {
    EXPECT_THAT(parse_valid("listen: 127.0.0.1:1").listen, ElementsAre("127.0.0.1:1"));
}

TEST(loader, a_key_with_nothing_behind_it_is_the_default) {
    const settings values =
        parse_valid("tls: {mode: disable, cert: , key: }\ndetect:\nlisten: ~\n");
    EXPECT_EQ(values.tls.cert, "");
    EXPECT_EQ(values.listen, settings{}.listen);
}

TEST(loader, variables_expand_also_inside_braces) {
    const settings values = parse_valid(
        "admin: {listen: '127.0.0.1:${PORT}', token: ${TOKEN:-}}\n"
        "threads: ${N:-auto}\n"
        "suppress: [{route: '$${x}', reason: ${BRACES}}]  # ${NOT_LOOKED_AT}\n");
    EXPECT_EQ(values.admin.listen, "127.0.0.1:7000");
    EXPECT_EQ(values.admin.token, "");
    EXPECT_EQ(values.suppress[0].route, "${x}");
    EXPECT_EQ(values.suppress[0].reason, "{a: [b}");
}

TEST(loader, a_variable_cannot_add_keys) {
    EXPECT_THAT(errors_of("comments: ${INJECTION}"),
                ElementsAre("test.yaml:1:11: the value holds a control character or a line break"));
}

TEST(loader, errors_stand_where_the_mistake_is) {
    struct example {
        const char* text;
        const char* expected;  // of the only error: place and start of the message
    };
    const example examples[] = {
        // The document
        {"5", "1:1: expected a mapping of keys"},
        {"[a]", "1:1: expected a mapping of keys"},
        {"threads: 1\n---\nb: 2\n", "3:1: only one YAML document"},
        {"---\n---\n", "3:1: only one YAML document"},
        // yaml-cpp takes these for empty documents without end.
        {",", "1:1: not valid YAML"},
        {"\n  , # x\n\na: b\n", "2:3: not valid YAML"},
        {"&a ,", "1:4: only one YAML document"},
        {"!!x ,", "1:1: expected a mapping of keys"},
        {"a: 1\nlisten: [\n", "3:1: not valid YAML"},
        {"listen: 127.0.0.1:1\n\tthreads: 1\n", "2:1: not valid YAML"},
        {"log: {level: info\n", "2:1: not valid YAML"},
        {"threads: 1\x01\n", "1:11: control characters"},
        {"threads: 1\nlog: \"\x7f\"\n", "2:7: control characters"},
        {"comments: *nowhere\n", "1:11: not valid YAML"},
        // Keys
        {"lisen: x", R"(1:1: unknown key "lisen"; did you mean "listen"?)"},
        {"detect: {min_lookup: 5}",
         R"(1:10: unknown key "min_lookup" in "detect"; did you mean "min_lookups"?)"},
        {"min_lookups: 5", R"(1:1: unknown key "min_lookups"; did you mean "detect.min_lookups"?)"},
        {"log: {comments: keep}",
         R"(1:7: unknown key "comments" in "log"; did you mean "comments"?)"},
        {"storage: {memory: 1MiB}", R"(1:1: unknown key "storage"; known keys are listen, admin,)"},
        {"? [a]\n: 1\n", "1:3: a key must be a single word"},
        {"threads: 1\nlog: {}\nthreads: 2\n",
         R"(3:1: duplicate key "threads", given before in line 1)"},
        {"é: 1", R"(1:1: unknown key "é")"},
        {"log: {é: 1, levle: x}", R"(1:7: unknown key "é")"},
        // Types
        {"log: info", R"(1:6: expected a mapping for "log", found a single value)"},
        {"log: [a]", R"(1:6: expected a mapping for "log", found a list)"},
        {"threads: [1]", "1:10: expected auto or a whole number from 1 to 256, found a list"},
        {"threads: {a: 1}", "1:10: expected auto or a whole number from 1 to 256, found a mapping"},
        {"suppress: x", R"(1:11: expected a list for "suppress", found a single value)"},
        {"suppress: [x]", "1:12: expected a mapping that is a rule"},
        {"comments: [keep]", "1:11: expected keep or strip, found a list"},
        // Values
        {"threads: 0", "1:10: expected auto or a whole number from 1 to 256, found \"0\""},
        {"threads: 257", "1:10: expected auto"},
        {"threads: -1", "1:10: expected auto"},
        {"threads: 1.5", "1:10: expected auto"},
        {"threads: 99999999999999999999", "1:10: expected auto"},
        {"threads: all", "1:10: expected auto"},
        {"detect: {min_lookups: 1}", "1:23: expected a whole number from 2 to 1000000"},
        {"detect: {enabled: maybe}", "1:19: expected true or false, found \"maybe\""},
        {"detect: {idle_gap: 10}", "1:20: \"10\" needs a unit: ms, s, m or h"},
        {"detect: {idle_gap: 0}", "1:20: expected a duration from 1ms to 1h"},
        {"detect: {idle_gap: 2h}", "1:20: expected a duration from 1ms to 1h"},
        {"detect: {idle_gap: fast}", "1:20: expected a duration"},
        {"log: {level: loud}",
         "1:14: expected trace, debug, info, warning or error, found \"loud\""},
        {"log: {level: warn}", "1:14: expected trace"},
        {"log: {level: debgu}",
         "1:14: expected trace, debug, info, warning or error, found \"debgu\"; did you mean "
         "debug?"},
        {"comments: ${PORT}", "1:11: expected keep or strip, found \"7000\" (from ${PORT})"},
        {"comments: ${NONE}", "1:11: environment variable NONE is not set"},
        {"comments: a${b", "1:11: \"${\" without a reference"},
        {"listen: nowhere", "1:9: \"nowhere\": needs a port"},
        {"listen: [127.0.0.1:1, x:y]", "1:23: \"x:y\": port is not a number"},
        {"listen: []", "1:9: expected one to 64 addresses"},
        {"listen: [127.0.0.1:1, 127.0.0.1:1]", "1:23: \"127.0.0.1:1\" stands in the list already"},
        {"listen: [[127.0.0.1:1]]", "1:10: expected host:port"},
        {"admin: {listen: unix:/x}", "1:17: \"unix:/x\": cannot be a Unix socket"},
        {"admin: {token: 'a b'}", "1:16: the token may hold only printable"},
        {"upstream: postgresql://u:p%@h/", "1:11: not a libpq URL or key=value string"},
        {"tls: {client_ca: /nonexistent.pem}", "1:18: /nonexistent.pem: No such file"},
        {"tls: {cert: /}", "1:13: /: is a folder"},
        // Combinations
        {"listen: 127.0.0.1:9433", "1:9: listen and admin.listen are both 127.0.0.1:9433"},
        {"admin: {listen: 127.0.0.1:6433}", "1:17: listen and admin.listen are both"},
        {"suppress: [{route: /x}]", "1:12: a rule needs a reason"},
        {"suppress: [{reason: x}]", "1:12: a rule needs at least one of route"},
        {"suppress: [{route: /x, reason: r, fingerprint: 12}]", "1:48: a fingerprint is 16"},
        {"suppress: [{route: /x, reason: r, class: n+1}]", "1:42: class is one of"},
        {"suppress: [{tag: =x, reason: r}]", "1:18: a tag is written key or key=value"},
        {"batch: {max_bytes: 4096}", R"(1:20: "4096" needs a unit: B, KiB, MiB or GiB)"},
        {"batch: {max_bytes: 1B}", "1:20: expected a size from 4KiB to 4GiB"},
        {"cache: {shared: redis:6379}", "1:17: expected redis://"},
        {"cache: {rules: [{}]}", "1:17: a rule needs at least one of tables"},
        {"cache: {rules: [{tables: a}, {ttl: 1h}]}", "1:30: a rule needs at least one of tables"},
        {"cache: {rules: [{tables: []}]}", "1:17: a rule needs at least one of tables"},
        {"cache: {rules: [{schema: ''}]}", "1:17: a rule needs at least one of tables"},
        {"cache: {rules: [{schema: s, tables: []}]}", "1:37: no table is named"},
        {"batch: {exclude: [{}]}", "1:19: a rule needs at least one of table"},
        {"batch: {exclude: [{tables: x, role: y}]}", "1:20: unknown key \"tables\""},
        {"batch: {exclude: [{fingerprint: x}]}", "1:33: a fingerprint is 16"},
        {"batch: {mode: yes}", "1:15: expected off, observe or on"},
        // Columns behind references and behind characters of several bytes
        {"admin: {token: ${A_LONG_NAME:-withdefault!}, tokn: 1}", "1:46: unknown key \"tokn\""},
        {"suppress: [{route: ééé, reason: ö, x: 1}]", "1:36: unknown key \"x\""},
    };
    for (const auto& [text, expected] : examples) {
        const std::vector<std::string> errors = errors_of(text);
        ASSERT_FALSE(errors.empty()) << text;
        EXPECT_EQ(errors.front().rfind("test.yaml:" + std::string(expected), 0), 0u)
            << text << "\n  gives    " << errors.front() << "\n  expected " << expected;
    }
}

TEST(loader, all_errors_are_reported_in_file_order) {
    EXPECT_THAT(
        errors_of("threads: x\n"
                  "tls: {mode: require}\n"
                  "detect:\n"
                  "  min_lookups: 0\n"
                  "  bogus: 1\n"
                  "listen: [a, 'b']\n"),
        ElementsAre(HasSubstr(":1:10: "), HasSubstr(":2:13: tls.mode require needs tls.cert"),
                    HasSubstr(":2:13: tls.mode require needs tls.key"), HasSubstr(":4:16: "),
                    HasSubstr(":5:3: "), HasSubstr(":6:10: "), HasSubstr(":6:13: ")));
}

TEST(loader, a_flood_of_errors_is_bounded) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "unknown_" + std::to_string(i) + ": 1\n";
    EXPECT_EQ(errors_of(text).size(), 100u);
}

TEST(loader, secrets_are_not_quoted) {
    for (const char* text : {"admin: {token: \"s3cret with spaces\"}", "upstream: s3cret",
                             "upstream: postgresql://u:s3cret%zz@h/d"}) {
        for (const std::string& error : errors_of(text)) {
            EXPECT_EQ(error.find("s3cret"), std::string::npos) << error;
        }
    }
}

class loader_files : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) /
                  ("pgfold_config_" + std::to_string(std::random_device()()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return (folder_ / name).string();
    }
    std::filesystem::path folder_;
};

TEST_F(loader_files, relative_paths_start_at_the_folder_of_the_file) {
    write("server.crt", "x");
    write("server.key", "x");
    const std::string path =
        write("pgfold.yaml", "tls: {mode: allow, cert: server.crt, key: ./server.key}\n");
    const load_result result = load(path, test_variables);
    ASSERT_TRUE(result.value) << result.errors.front().to_string();
    EXPECT_EQ(result.value->tls.mode, tls_mode::allow);
    EXPECT_EQ(result.value->tls.cert, (folder_ / "server.crt").string());
    EXPECT_TRUE(std::filesystem::equivalent(result.value->tls.key, folder_ / "server.key"));
}

TEST_F(loader_files, half_a_pair_of_keys_is_an_error) {
    write("server.crt", "x");
    const load_result result = load(write("a.yaml", "tls: {cert: server.crt}"), test_variables);
    ASSERT_EQ(result.errors.size(), 1u);
    EXPECT_THAT(result.errors[0].to_string(), HasSubstr("a.yaml:1:13: tls.cert needs tls.key"));
}

TEST_F(loader_files, a_file_that_cannot_be_read_is_an_error_without_a_line) {
    const std::string missing = (folder_ / "missing.yaml").string();
    ASSERT_EQ(load(missing).errors.size(), 1u);
    EXPECT_EQ(load(missing).errors[0].to_string(), missing + ": No such file or directory");
    EXPECT_THAT(load(folder_.string()).errors[0].to_string(), HasSubstr("directory"));
    const std::string large = write("large.yaml", std::string((1 << 20) + 1, '#'));
    EXPECT_EQ(load(large).errors[0].to_string(), large + ": longer than 1 MiB");
}

TEST(loader, the_examples_are_valid_and_the_full_one_is_full) {
    const std::string folder = PGFOLD_SOURCE_DIR "/config/examples/";
    for (const char* name : {"minimal.yaml", "full.yaml"}) {
        const load_result result =
            load(folder + name, [](const std::string&) { return std::optional<std::string>(); });
        for (const load_error& error : result.errors)
            ADD_FAILURE() << error.to_string();
    }
    std::ifstream file(folder + "full.yaml");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    for (const field& key : schema()) {
        EXPECT_THAT(text, HasSubstr("\n" + std::string(key.key) + ":"));
        const auto* section = std::get_if<section_type>(&key.type);
        if (section == nullptr) continue;
        for (const field& inner : section->fields) {
            EXPECT_THAT(text, HasSubstr("\n  " + std::string(inner.key) + ":"));
        }
    }
}

// What the full example says is what pgfold does without a file.
TEST(loader, the_full_example_shows_the_defaults) {
    const auto none = [](const std::string&) { return std::optional<std::string>(); };
    const load_result result = load(PGFOLD_SOURCE_DIR "/config/examples/full.yaml", none);
    ASSERT_TRUE(result.value);
    const settings defaults;
    for (const field& key : schema()) {
        if (key.key == "upstream") continue;  // has no default in the file's sense
        const auto* section = std::get_if<section_type>(&key.type);
        if (section == nullptr) {
            EXPECT_EQ(spell(key.type, &*result.value), spell(key.type, &defaults)) << key.key;
            continue;
        }
        for (const field& inner : section->fields) {
            EXPECT_EQ(spell(inner.type, &*result.value), spell(inner.type, &defaults)) << inner.key;
        }
    }
}

// Cheap insurance: cut and damaged examples never do worse than an error.
TEST(loader, damaged_files_are_errors_not_crashes) {
    std::ifstream file(PGFOLD_SOURCE_DIR "/config/examples/full.yaml");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    for (std::size_t cut = 0; cut < text.size(); cut += 7)
        (void)parse_text(text.substr(0, cut));
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
        std::string damaged = text;
        for (int j = 0; j < 5; ++j) {
            damaged[random() % damaged.size()] = "{}[]:,&*#'\"\n\t ${|>-"[random() % 20];
        }
        const load_result result = parse_text(damaged);
        EXPECT_EQ(result.value.has_value(), result.errors.empty());
    }
    for (const std::string& deep : {std::string(5000, '['), std::string(5000, '{')}) {
        EXPECT_FALSE(parse_text(deep).errors.empty());
    }
    EXPECT_FALSE(parse_text("a: &x [*x]").errors.empty());
}

}  // namespace
}  // namespace pgfold::config
