// Writes that are known to change rows of one key, and the answers that they leave alone.
#include "proxy/freshness/key_access.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "unit/freshness/session_fixture.hpp"

namespace pgfold::freshness {
namespace {

// Literals as the client wrote them.
std::vector<detect::argument> arguments_of(std::string_view text, const sql::analysis& found) {
    std::vector<detect::argument> arguments;
    for (const auto& literal : found.literals)
        arguments.push_back({.bytes = text.substr(literal.offset, literal.length),
                             .format = detect::argument_format::literal});
    return arguments;
}

// plain; node, which refers to itself; root with a leaf; fires, with a trigger; parent and child,
// ON DELETE CASCADE. All but `bare` have a primary key.
catalog::catalog_ptr tables() {
    using catalog::catalog_part;
    catalog::made_catalog rows;
    rows.table(1, "plain", "r", {"id", "x"}).table(2, "node", "r", {"id", "parent"});
    rows.table(3, "root", "r", {"id", "x"}).table(4, "leaf", "r", {"id", "x"}).inherits(4, 3);
    rows.table(5, "fires", "r", {"id", "x"}).trigger(5);
    rows.table(6, "parent", "r", {"id", "x"}).table(7, "child", "r", {"id", "parent"});
    rows.table(8, "bare", "r", {"id", "x"}).table(9, "seen", "v", {"id", "x"}).view_reads(9, 1);
    rows.foreign_key(2, "{2}", 2, "{1}", "c").foreign_key(7, "{2}", 6, "{1}", "c");
    for (const char* table : {"1", "2", "3", "4", "5", "6", "7"})
        rows.add(catalog_part::unique_indexes, {table, "t", "1", "1"});
    return rows.build();
}

class key_access_test : public testing::Test {
protected:
    explicit key_access_test(freshness_rules rules = {}) : versions(directory, rules) {
        EXPECT_TRUE(database->catalog().publish(tables(), database->catalog().generation()));
    }

    tracked_effects_ptr effects(std::string_view text) {
        const sql::analysis found = analyzer.analyze(text);
        EXPECT_NE(found.statement, nullptr) << text;
        return known.of(database, *found.statement);
    }
    stamp remember(std::string_view text) {
        const auto made = effects(text);
        const sql::analysis found = analyzer.analyze(text);
        return database_versions::capture(read_with(*made, arguments_of(text, found)));
    }
    void write(std::string_view text) {
        const auto made = effects(text);
        const sql::analysis found = analyzer.analyze(text);
        session_writes writer(database, versions.unsettled());
        writer.on_forward(made, {}, arguments_of(text, found));
        const auto request = writer.on_request_sent();
        writer.on_outcome("UPDATE 1");
        writer.on_ready('I', request);
    }
    // Is the answer to `read` left alone by `written`?
    bool outlives(std::string_view read, std::string_view written) {
        const stamp kept = remember(read);
        EXPECT_TRUE(is_valid(kept)) << read;
        write(written);
        return is_valid(kept);
    }

    sql::statement_analyzer analyzer{sql::make_template_table()};
    known_effects known;
    std::shared_ptr<catalog::catalog_directory> directory =
        std::make_shared<catalog::catalog_directory>();
    table_versions versions;
    std::shared_ptr<database_versions> database = versions.database("d");
};

constexpr const char* read_7 = "SELECT x FROM plain WHERE id = 7";

TEST_F(key_access_test, a_write_of_another_key_leaves_an_answer_alone) {
    for (const char* written :
         {"UPDATE plain SET x = 1 WHERE id = 8", "UPDATE plain SET x = 1 WHERE id = 8 AND x = 7",
          "DELETE FROM plain WHERE plain.id = 8", "INSERT INTO plain (x, id) VALUES (7, 8)",
          "INSERT INTO plain VALUES (8, 7), (9, 7)", "UPDATE plain AS p SET x = 7 WHERE p.id = '8'",
          "INSERT INTO plain (id, x) VALUES (8, (7 + 1)) ON CONFLICT DO NOTHING",
          "UPDATE plain SET x = id WHERE id = 8::bigint"})
        EXPECT_TRUE(outlives(read_7, written)) << written;
    for (const char* read : {"SELECT count(*) FROM plain WHERE id = 7",
                             "SELECT * FROM plain p WHERE p.id = 7 AND x > 3 ORDER BY x LIMIT 1"})
        EXPECT_TRUE(outlives(read, "UPDATE plain SET x = 1 WHERE id = 8")) << read;
}

TEST_F(key_access_test, a_write_of_its_key_or_of_any_ends_it) {
    for (const char* written :
         {"UPDATE plain SET x = 1 WHERE id = 7",
          "UPDATE plain SET x = 1 WHERE id = '7'",
          "DELETE FROM plain WHERE id = 7",
          "INSERT INTO plain (id, x) VALUES (7, 1)",
          "INSERT INTO plain VALUES (8, 1), (7, 1)",
          "UPDATE plain SET x = 1",
          "UPDATE plain SET x = 1 WHERE x = 8",
          "UPDATE plain SET x = 1 WHERE id > 8",
          "UPDATE plain SET x = 1 WHERE id = 8 OR x = 1",
          "DELETE FROM plain WHERE id <> 8",
          "UPDATE plain SET id = 7 WHERE id = 8",
          "UPDATE plain SET (x, id) = (1, 7) WHERE id = 8",
          "INSERT INTO plain (x) VALUES (8)",
          "INSERT INTO plain (id) VALUES (8 - 1)",
          "INSERT INTO plain (id) VALUES (DEFAULT)",
          "INSERT INTO plain SELECT 8, 1",
          "INSERT INTO plain (id) OVERRIDING USER VALUE VALUES (8)",
          "INSERT INTO plain VALUES (8, 1) ON CONFLICT (id) DO UPDATE SET x = 2",
          "UPDATE plain SET x = 1 FROM parent WHERE parent.id = 8",
          "UPDATE plain SET x = 1 FROM plain AS other WHERE other.id = 8",
          "WITH w AS (DELETE FROM plain) UPDATE plain SET x = 1 WHERE id = 8",
          "UPDATE plain SET x = 1 WHERE id = 7.0",
          "UPDATE plain SET x = 1 WHERE id = 8::float8",
          "UPDATE plain SET x = 1 WHERE id = '8'::oid::int",
          "UPDATE plain SET x = 1 WHERE id = CAST('111'::bit(3) AS int)",
          "UPDATE plain SET x = 1 WHERE id::text = '8'",
          "UPDATE seen SET x = 1 WHERE id = 8",
          "UPDATE plain SET x = 1 WHERE id = 8; UPDATE plain SET x = 1 WHERE id = 7",
          "TRUNCATE plain",
          "MERGE INTO plain USING (SELECT 7 AS id) s ON plain.id = s.id"
          " WHEN MATCHED THEN DELETE"})
        EXPECT_FALSE(outlives(read_7, written)) << written;
}

// A type that is not declared comes from where the parameter stands first: here it may be float8.
TEST_F(key_access_test, a_parameter_that_stands_twice_is_no_key) {
    EXPECT_TRUE(effects("UPDATE plain SET x = $1 WHERE id = $2")->key);
    EXPECT_FALSE(effects("UPDATE plain SET x = $1 WHERE id = $1")->key);
    EXPECT_FALSE(effects("INSERT INTO plain (x, id) VALUES ($1, $1)")->key);
    EXPECT_FALSE(effects("SELECT $1 FROM plain WHERE id = $1")->key);
    EXPECT_TRUE(effects("UPDATE plain SET x = $1 WHERE id = $11")->key);
}

TEST_F(key_access_test, an_answer_that_may_hold_other_keys_depends_on_all) {
    for (const char* read :
         {"SELECT x FROM plain", "SELECT x FROM plain WHERE x = 7",
          "SELECT x FROM plain WHERE id = 7 OR x = 1", "SELECT x FROM plain WHERE id >= 7",
          "SELECT p.x FROM plain p JOIN plain q ON q.id = p.x WHERE p.id = 7",
          "SELECT (SELECT max(x) FROM plain) FROM plain WHERE id = 7",
          "SELECT x FROM plain WHERE id = 7 UNION SELECT 8", "SELECT x FROM seen WHERE id = 7",
          "WITH w AS (SELECT * FROM plain) SELECT x FROM w WHERE id = 7"})
        EXPECT_FALSE(outlives(read, "UPDATE plain SET x = 1 WHERE id = 8")) << read;
}

TEST_F(key_access_test, what_reaches_further_is_a_write_of_all) {
    EXPECT_FALSE(outlives("SELECT parent FROM node WHERE id = 7", "DELETE FROM node WHERE id = 8"));
    EXPECT_FALSE(outlives("SELECT x FROM leaf WHERE id = 7", "UPDATE root SET x = 1 WHERE id = 8"));
    EXPECT_FALSE(outlives("SELECT x FROM root WHERE id = 7", "UPDATE leaf SET x = 1 WHERE id = 8"));
    EXPECT_FALSE(
        outlives("SELECT x FROM fires WHERE id = 7", "UPDATE fires SET x = 1 WHERE id = 8"));
    EXPECT_FALSE(
        outlives("SELECT parent FROM child WHERE id = 7", "DELETE FROM parent WHERE id = 8"));
    EXPECT_FALSE(outlives("SELECT x FROM bare WHERE id = 7", "UPDATE bare SET x = 1 WHERE id = 8"));
    EXPECT_TRUE(
        outlives("SELECT x FROM parent WHERE id = 7", "UPDATE parent SET x = 1 WHERE id = 8"));
}

TEST_F(key_access_test, values_are_equal_however_they_are_spelled) {
    const auto made = effects("SELECT x FROM plain WHERE id = $1");
    ASSERT_TRUE(made->key);
    const auto place = [&](std::string_view bytes, detect::argument_format format,
                           std::uint32_t type = 0) {
        const detect::argument value{.bytes = bytes, .type_oid = type, .format = format};
        const auto places = places_of(*made->key, {&value, 1});
        return places.empty() ? -1 : static_cast<int>(places.front());
    };
    using enum detect::argument_format;
    using namespace std::string_view_literals;
    const int minus_two = place("-2", text);
    ASSERT_GE(minus_two, 0);
    EXPECT_EQ(place("-2", text, 20), minus_two);
    EXPECT_EQ(place("-2", literal), minus_two);
    EXPECT_EQ(place("'-2'", literal), minus_two);
    EXPECT_EQ(place("\xff\xfe"sv, binary, 21), minus_two);
    EXPECT_EQ(place("\xff\xff\xff\xfe"sv, binary), minus_two);
    EXPECT_EQ(place("\xff\xff\xff\xff\xff\xff\xff\xfe"sv, binary, 20), minus_two);
    for (const std::string_view unclear : {"-2.0", " -2", "-02", "", "x", "99999999999999999999"})
        EXPECT_EQ(place(unclear, text), -1) << unclear;
    EXPECT_EQ(place("-2", text, 701), -1);  // float8 rounds
    EXPECT_EQ(place("\xff\xfe\x00"sv, binary), -1);
    EXPECT_EQ(place("\xff\xff\xff\xfe"sv, binary, 26), -1);  // oid
    EXPECT_TRUE(places_of(*made->key, {}).empty());
}

TEST_F(key_access_test, many_keys_of_one_transaction_are_the_whole_table) {
    const stamp other = remember("SELECT x FROM parent WHERE id = 7");
    const stamp kept = remember(read_7);
    session_writes writer(database, versions.unsettled());
    std::deque<std::string> texts;
    for (int id = 1000; id < 1000 + 2000; ++id) {
        const std::string& text =
            texts.emplace_back("UPDATE plain SET x = 1 WHERE id = " + std::to_string(id));
        writer.on_forward(effects(text), {}, arguments_of(text, analyzer.analyze(text)));
    }
    EXPECT_FALSE(is_valid(kept));
    EXPECT_TRUE(is_valid(other));
    writer.on_ready('I', writer.on_request_sent());
    EXPECT_TRUE(is_valid(other));
    EXPECT_TRUE(is_valid(remember(read_7)));
}

// Without the rule the answer passes for valid although it may be wrong.
struct key_case {
    const char* name;
    void (*take_out)(key_rules&);
    const char* read;
    const char* written;
};

class key_rules_test : public testing::TestWithParam<key_case> {};

struct without_rule : key_access_test {
    explicit without_rule(const freshness_rules& rules) : key_access_test(rules) {}
    using key_access_test::outlives;
    void TestBody() override {}
};

TEST_P(key_rules_test, is_needed) {
    freshness_rules rules;
    EXPECT_FALSE(without_rule(rules).outlives(GetParam().read, GetParam().written));
    GetParam().take_out(rules.keys);
    EXPECT_TRUE(without_rule(rules).outlives(GetParam().read, GetParam().written));
}

INSTANTIATE_TEST_SUITE_P(
    rules, key_rules_test,
    testing::Values(key_case{"unchanged_key", [](key_rules& r) { r.unchanged_key = false; }, read_7,
                             "UPDATE plain SET id = 7 WHERE id = 8"},
                    key_case{"no_conflict", [](key_rules& r) { r.no_conflict = false; }, read_7,
                             "INSERT INTO plain VALUES (8, 1) ON CONFLICT (x) DO UPDATE SET x = 2"},
                    key_case{"self_reference", [](key_rules& r) { r.self_reference = false; },
                             "SELECT parent FROM node WHERE id = 7",
                             "DELETE FROM node WHERE id = 8"},
                    key_case{"every_row", [](key_rules& r) { r.every_row = false; }, read_7,
                             "INSERT INTO plain VALUES (8, 1), (7, 1)"},
                    key_case{"one_table", [](key_rules& r) { r.one_table = false; },
                             "SELECT p.x FROM plain p JOIN plain q ON q.id = p.x WHERE p.id = 7",
                             "UPDATE plain SET x = 1 WHERE id = 8"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(inserted_parameters, are_found_where_the_column_is) {
    using found = std::vector<std::uint16_t>;
    EXPECT_EQ(inserted_parameters("INSERT INTO t (a, id) VALUES ($1, $2)", "id", 0), found({2}));
    EXPECT_EQ(inserted_parameters("insert into s.t as x values ($1, $2), ($3, $4)", "id", 1),
              found({2, 4}));
    EXPECT_EQ(inserted_parameters(
                  R"(INSERT INTO "T" ("Id", ID) VALUES (f($1, ($2)), $3) RETURNING *)", "id", 0),
              found({3}));
    for (const char* text :
         {"INSERT INTO t (id) VALUES ($1), (DEFAULT)", "INSERT INTO t (id) VALUES ($1::int)",
          "INSERT INTO t (id) SELECT $1", "INSERT INTO t DEFAULT VALUES", "INSERT INTO t (a.id",
          R"(INSERT INTO t ("Id") VALUES ($1))", R"(INSERT INTO "a""b" (id) VALUES ($1))",
          "INSERT INTO t (id[1]) VALUES ($1)", "INSERT INTO t (id) VALUES ($0)",
          "INSERT INTO t (id) VALUES (-$1)", "INSERT INTO t (id) VALUES ($1"})
        EXPECT_EQ(inserted_parameters(text, "id", 0), found()) << text;
}

}  // namespace
}  // namespace pgfold::freshness
