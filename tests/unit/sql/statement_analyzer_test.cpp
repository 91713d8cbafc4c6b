#include "analyzer/sql/statement_analyzer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "unit/sql/differential_check.hpp"

namespace pgfold::sql {
namespace {

using strings = std::vector<std::string>;

class statement_analyzer_test : public testing::Test {
protected:
    std::shared_ptr<template_table> templates_ = make_template_table();
    statement_analyzer analyzer_{templates_};

    template_ptr template_of(std::string_view text, text_settings settings = {}) {
        return analyzer_.analyze(text, settings).statement;
    }
    std::string normalized(std::string_view text) {
        const template_ptr statement = template_of(text);
        return statement ? statement->normalized_text : "(null)";
    }
    strings literals(std::string_view text, text_settings settings = {}) {
        const analysis a = analyzer_.analyze(text, settings);
        strings result;
        for (const literal_span& l : a.literals)
            result.emplace_back(text.substr(l.offset, l.length));
        return result;
    }
};

std::string repeat(std::string_view text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i)
        result += text;
    return result;
}

TEST_F(statement_analyzer_test, normalizes) {
    const std::pair<const char*, const char*> cases[] = {
        {"SELECT * FROM t WHERE a = 1 AND b='x' -- hi\n ;",
         "SELECT * FROM t WHERE a = $1 AND b=$2"},
        {"select  a /* c */ , b\n from t order by 1, a limit 5",
         "select a , b from t order by 1, a limit $1"},
        {"select - 5, -5, +5, 3-5, a-5, -5::int", "select $1, $2, +$3, $4-$5, a-$6, -$7::int"},
        {"select null, a is null, true, $2, 'x'", "select $3, a is null, $4, $2, $5"},
        {"select extract(year from a), 5", "select extract($1 from a), $2"},
        {"select N'x'", "select N $1"},
        {"set a to on", "set a to $1"},
        {"select a::numeric(10, 2), interval '1' day", "select a::numeric(10, 2), interval $1 day"},
        {"select 1; select 'x';", "select $1; select $2"},
        {"create role r password 'secret'", "create role r password $1"},
        {"create role r password E'se\\'cret'", "create role r password $1"},
        {"alter server s options (set password E'x')", "alter server s options (set password $1)"},
        {"select - -5, E'x'", "select - -?, ?"},
        {"select 0x1F, 1_000, -0b1, 1_0.5 from t order by 1",
         "select $1, $2, $3, $4 from t order by 1"},
        {"", ""},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(normalized(text), expected) << text;
}

TEST_F(statement_analyzer_test, literals_of_a_known_shape) {
    const std::pair<const char*, strings> cases[] = {
        {"select 1, 'a' from t where b is null and c = null limit 5", {"1", "'a'", "null", "5"}},
        {"select 22, 'bcd' from t where b is null and c = null limit 66",
         {"22", "'bcd'", "null", "66"}},
        {"select -1, 2-1, a -1 from t order by 1", {"-1", "2", "1", "1"}},
        {"select -33, 4-55, a -66 from t order by 1", {"-33", "4", "55", "66"}},
        {"select extract(year from a), 5 from t order by 1", {"year", "5"}},
        {"select  extract( /* c */ year from a), 66 from t order by 1", {"year", "66"}},
        {"select extract(month from a), 66 from t order by 1", {"month", "66"}},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(literals(text), expected) << text;
}

TEST_F(statement_analyzer_test, passwords_show_nowhere) {
    const std::pair<const char*, const char*> pairs[] = {
        {"create role r password 'secret'", "create role r password 'other'"},
        {"alter role r password E's\\'ecret'", "alter role r password E'other'"},
        {"alter role r password /* it's */ 'secret'", "alter role r password /* it's */ 'other'"},
        {"create user mapping for r server s options (password 'secret')",
         "create user mapping for r server s options (password 'other')"},
        {"create subscription s connection 'password=secret' publication p",
         "create subscription s connection 'password=other' publication p"},
    };
    for (const auto& [one, other] : pairs) {
        const template_ptr first = template_of(one);
        ASSERT_TRUE(first) << one;
        EXPECT_EQ(first->normalized_text.find("ecret"), std::string::npos)
            << first->normalized_text;
        EXPECT_NE(first->fingerprint, 0u);
        EXPECT_EQ(first->fingerprint, template_of(other)->fingerprint) << one;
    }
}

// Clients make up a name per savepoint, statement or cursor: that must not cost a parse each.
TEST_F(statement_analyzer_test, names_that_change_with_each_call) {
    struct name_case {
        const char* before;
        const char* after;
        const char* normalized_before;
        const char* normalized_after;
        statement_kind kind;
    };
    const name_case cases[] = {
        {"SAVEPOINT \"s42_x", "\"", "SAVEPOINT \"s42_x", "\"", statement_kind::savepoint},
        {"RELEASE SAVEPOINT s", ";", "RELEASE SAVEPOINT s", "", statement_kind::release},
        {"ROLLBACK TO SAVEPOINT s", "", "ROLLBACK TO SAVEPOINT s", "", statement_kind::rollback_to},
        {"DEALLOCATE pdo_stmt_", "", "DEALLOCATE pdo_stmt_", "", statement_kind::deallocate},
        {"DECLARE c", " CURSOR FOR SELECT * FROM t WHERE a = 5", "DECLARE c",
         " CURSOR FOR SELECT * FROM t WHERE a = $1", statement_kind::declare_cursor},
        {"FETCH FORWARD 100 FROM c", "", "FETCH FORWARD 100 FROM c", "", statement_kind::fetch},
        {"CLOSE \"c", "\"", "CLOSE \"c", "\"", statement_kind::close_cursor},
        {"PREPARE p", " AS SELECT 1", "PREPARE p", " AS SELECT 1", statement_kind::prepare},
        {"EXECUTE p", "(1, 'secret')", "EXECUTE p", "(?, ?)", statement_kind::execute},
        {"NOTIFY c, 'secret", "'", "NOTIFY c, ?", "", statement_kind::notify},
        {"CALL p('secret', ", ")", "CALL p(?, ?)", "", statement_kind::call},
        {"PREPARE TRANSACTION 'secret", "'", "PREPARE TRANSACTION ?", "",
         statement_kind::prepare_transaction},
        {"COMMIT PREPARED 'secret", "'", "COMMIT PREPARED ?", "", statement_kind::commit_prepared},
    };
    for (const name_case& c : cases) {
        const std::uint64_t parsed = analyzer_.counters().parsed;
        for (int i = 1; i < 50; ++i) {
            const std::string number = std::to_string(i);
            const template_ptr statement = template_of(c.before + number + c.after);
            ASSERT_TRUE(statement) << c.before;
            EXPECT_EQ(statement->kind, c.kind);
            const bool masked =
                std::string_view(c.normalized_before).find('?') != std::string_view::npos;
            EXPECT_EQ(statement->normalized_text,
                      c.normalized_before + (masked ? "" : number) + c.normalized_after);
        }
        EXPECT_EQ(analyzer_.counters().parsed, parsed + 1) << c.before;
    }
    const template_ptr one = template_of("SAVEPOINT a");
    const template_ptr other = template_of("SAVEPOINT b");
    EXPECT_EQ(one->hash_low, other->hash_low);
    EXPECT_EQ(one->hash_high, other->hash_high);
    EXPECT_EQ(literals("DECLARE x1 CURSOR FOR SELECT * FROM t WHERE a = -6 AND b = 'y'"),
              (strings{"-6", "'y'"}));
    EXPECT_EQ(literals("EXECUTE p9(1, 'x')"), strings{});
    EXPECT_EQ(template_of("DEALLOCATE ALL")->normalized_text, "DEALLOCATE ALL");
    EXPECT_EQ(template_of("SAVEPOINT a; SAVEPOINT b")->kind, statement_kind::multiple);
}

TEST_F(statement_analyzer_test, what_shares_a_template) {
    const auto one = template_of("select * from t where a = 1");
    EXPECT_EQ(template_of("select * from t where a = 2"), one);
    EXPECT_EQ(template_of("select * from t where a = 'x'"), one);
    EXPECT_EQ(template_of("select * from t where a = -5"), one);
    EXPECT_EQ(template_of("select * from t where a = NULL"), one);
    EXPECT_EQ(template_of("select * from t where a = 9999999999"), one);
    EXPECT_EQ(template_of("/*a='b'*/ select *  from t\nwhere a = 3 ; -- x"), one);
}

TEST_F(statement_analyzer_test, what_does_not_share_a_template) {
    const strings texts = {
        "select * from t where a = 1",
        "select * from t where a = $1",
        "select * from t where a = $2",
        "select * from t where a in (1)",
        "select * from t where a in (1, 2)",
        "select * from t where a = any($1)",
        "select * from T where a = 1",
        "select * from \"t\" where a = 1",
        "select * from t order by 1",
        "select * from t order by 2",
        "select a::varchar(1) from t",
        "select a::varchar(2) from t",
        "select - -5",
        "select 5",
    };
    for (const std::string& one : texts) {
        for (const std::string& other : texts) {
            if (one != other) {
                EXPECT_NE(template_of(one), template_of(other)) << one << " | " << other;
            }
        }
    }
}

TEST_F(statement_analyzer_test, counts_the_way_each_text_took) {
    (void)template_of("select * from t where a = 1");
    EXPECT_EQ(analyzer_.counters().parsed, 1u);
    (void)template_of("select * from t where a = 2");
    EXPECT_EQ(analyzer_.counters().template_hits, 1u);
    (void)template_of("select * from t where a = 1");  // what was parsed is kept at once
    EXPECT_EQ(analyzer_.counters().text_hits, 1u);
    (void)template_of("select * from t where a = 2");  // the rest from its second time on
    (void)template_of("select * from t where a = 2");
    EXPECT_EQ(analyzer_.counters().text_hits, 2u);
    EXPECT_EQ(analyzer_.counters().template_hits, 2u);
    (void)template_of("select - -5");
    EXPECT_EQ(analyzer_.counters().slow_path, 1u);
    (void)template_of("select nonsense from from");
    EXPECT_EQ(analyzer_.counters().rejected, 1u);
    EXPECT_EQ(analyzer_.counters().parsed, 3u);
}

TEST_F(statement_analyzer_test, a_known_text_gives_the_same_again) {
    const std::string text = "/*pgfold:ignore*/ select -1, 'x' from t order by 1 /*route='a'*/";
    const strings expected = {"-1", "'x'"};
    const template_ptr first = template_of(text);
    for (int i = 0; i < 4; ++i) {
        // Another buffer each time: results refer to the text of the call.
        const std::string copy = text;
        const analysis a = analyzer_.analyze(copy);
        EXPECT_EQ(a.statement, first);
        EXPECT_EQ(a.tag_comment, "/*route='a'*/");
        EXPECT_EQ(a.directive, "/*pgfold:ignore*/");
        EXPECT_EQ(a.directive.data(), copy.data());
        EXPECT_GE(a.tag_comment.data(), copy.data());
        EXPECT_LT(a.tag_comment.data(), copy.data() + copy.size());
        EXPECT_EQ(literals(copy), expected);
    }
    EXPECT_GE(analyzer_.counters().text_hits, 4u);
}

TEST_F(statement_analyzer_test, kinds_of_literals) {
    const analysis a = analyzer_.analyze(
        "select 1, -1.5, 'a', E'a', U&'a', b'1', x'1', $$a$$, true, null, extract(day from x)");
    std::vector<literal_kind> kinds;
    for (const literal_span& l : a.literals)
        kinds.push_back(l.kind);
    EXPECT_EQ(kinds,
              (std::vector<literal_kind>{
                  literal_kind::integer, literal_kind::number, literal_kind::string,
                  literal_kind::escape_string, literal_kind::unicode_string,
                  literal_kind::bit_string, literal_kind::hex_string, literal_kind::dollar_string,
                  literal_kind::boolean, literal_kind::null, literal_kind::word}));
}

TEST_F(statement_analyzer_test, strings_without_standard_conformance) {
    const text_settings off{false, true};
    const std::string text = "select 'a\\'b' from t where c = 'x\\\\' and d = 5";
    EXPECT_EQ(literals(text, off), (strings{"'a\\'b'", "'x\\\\'", "5"}));
    EXPECT_EQ(template_of(text, off)->normalized_text, "select $1 from t where c = $2 and d = $3");
    EXPECT_FALSE(template_of(text));  // here the string goes on to the end
    EXPECT_EQ(literals(text, off), (strings{"'a\\'b'", "'x\\\\'", "5"}));
}

TEST_F(statement_analyzer_test, encodings_whose_bytes_are_not_characters) {
    const text_settings unsafe{true, false};
    EXPECT_TRUE(template_of("select 'a'", unsafe));
    EXPECT_FALSE(template_of("select '\x83\x5c'", unsafe));
    EXPECT_EQ(analyzer_.counters().unsafe_encoding, 1u);
    EXPECT_TRUE(template_of("select '\x83\x5c'"));
}

TEST_F(statement_analyzer_test, bytes_that_are_no_text) {
    EXPECT_TRUE(template_of("select '\xff\xfe', \"\xc3\""));
    EXPECT_FALSE(template_of(std::string_view("select 'a\0b'", 12)));
    EXPECT_FALSE(template_of(std::string_view("\0", 1)));
    EXPECT_FALSE(template_of("\x80"));
    EXPECT_FALSE(template_of("select E'\\xff'"));
}

TEST_F(statement_analyzer_test, texts_that_are_too_long) {
    EXPECT_FALSE(template_of("select '" + std::string(100 << 20, 'x') + "'"));
    EXPECT_EQ(analyzer_.counters().too_long, 1u);
    EXPECT_FALSE(template_of("select 1" + repeat(" + a", 20'000)));
    EXPECT_FALSE(template_of("select 1" + repeat(",1", 70'000)));
    EXPECT_EQ(analyzer_.counters().too_long, 3u);
    // A long value is no reason.
    const std::string value(900'000, 'x');
    EXPECT_EQ(normalized("insert into t values (1, '" + value + "')"),
              "insert into t values ($1, $2)");
    EXPECT_EQ(normalized("insert into t values (1, 'y')"), "insert into t values ($1, $2)");
}

TEST_F(statement_analyzer_test, deep_texts_do_not_overflow_the_stack) {
    for (const std::size_t depth : {10u, 100u, 400u, 600u, 5'000u, 100'000u}) {
        (void)template_of("select " + repeat("(", depth) + "1" + repeat(")", depth));
        (void)template_of("select " + repeat("(", depth));
        (void)template_of("select 1" + repeat(" + 1", depth));
        (void)template_of("select 1" + repeat("::int", depth));
        (void)template_of("select " + repeat("not ", depth) + "true");
        (void)template_of("select " + repeat("- ", depth) + "a");
        (void)template_of("select " + repeat("(select ", depth) + "1" + repeat(")", depth));
        (void)template_of("select 1" + repeat(" union select 1", depth));
        (void)template_of("select 1 from a" + repeat(" join b on true", depth));
        (void)template_of("select " + repeat("case when true then ", depth) + "1" +
                          repeat(" end", depth));
        (void)template_of("select " + repeat("f(", depth) + "1" + repeat(")", depth));
        (void)template_of("select a" + repeat("[1]", depth));
        (void)template_of("select a" + repeat(".b", depth));
        (void)template_of("select " + repeat("array[", depth) + "1" + repeat("]", depth));
        (void)template_of("select a" + repeat(" is null", depth));
        (void)template_of("select a" + repeat(" collate \"C\"", depth));
        (void)template_of(repeat("/*", depth) + repeat("*/", depth) + "select 1");
        (void)template_of("select 1 where a = 1" + repeat(" or (a = 1 and b)", depth));
        (void)template_of("select 1 where a in (1" + repeat(", 1", depth) + ")");
        (void)template_of(repeat("select 1;", depth));
    }
    EXPECT_TRUE(template_of("select 1"));
    // Long is not deep.
    EXPECT_TRUE(template_of("select 1 from t where a = 1" + repeat(" or t.a = 1", 2'000)));
    EXPECT_TRUE(template_of("insert into t values (1)" + repeat(", (-1)", 2'000)));
    EXPECT_FALSE(template_of("select 1" + repeat(" + 1", 600)));
}

// A text that does not parse says little about others of its shape: E'\xff' is no valid string.
TEST_F(statement_analyzer_test, a_rejected_shape_is_asked_again_now_and_then) {
    const auto rejected_text = [](int i) { return "select '" + std::to_string(i) + "', E'\\xff'"; };
    EXPECT_FALSE(template_of(rejected_text(0)));
    for (int i = 1; i < 1000; ++i)
        EXPECT_FALSE(template_of(rejected_text(i)));
    EXPECT_LT(analyzer_.counters().parsed, 12u);  // at 2, 6, 14, 30 …
    bool found = false;
    for (int i = 0; i < 2000 && !found; ++i)
        found = template_of("select '" + std::to_string(i) + "', E'ok'") != nullptr;
    EXPECT_TRUE(found);
    EXPECT_TRUE(template_of("select 'x', E'ok'"));
    // The very text that was rejected stays so, without libpg_query.
    const std::uint64_t parsed = analyzer_.counters().parsed;
    (void)template_of(rejected_text(0));
    EXPECT_EQ(analyzer_.counters().parsed, parsed);
}

TEST_F(statement_analyzer_test, tables_are_bounded) {
    statement_analyzer analyzer(make_template_table(64), {1 << 20, 32, 4096});
    std::vector<template_ptr> first;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 6'000; ++i) {
            const std::string text = "select a" + std::to_string(i) + ", 1, 2, 3, 'x' from t";
            const analysis a = analyzer.analyze(text);
            ASSERT_TRUE(a.statement);
            ASSERT_EQ(a.literals.size(), 4u);
            if (round == 0 && i < 10) first.push_back(a.statement);
        }
    }
    // What is held by others stays valid; what comes back is the same by its identity.
    const analysis again = analyzer.analyze("select a0, 1, 2, 3, 'x' from t");
    EXPECT_EQ(again.statement->hash_low, first[0]->hash_low);
    EXPECT_EQ(again.statement->hash_high, first[0]->hash_high);
    EXPECT_EQ(again.statement->normalized_text, first[0]->normalized_text);
    EXPECT_GT(analyzer.counters().parsed, 6'000u);
}

TEST_F(statement_analyzer_test, analyzers_share_templates) {
    statement_analyzer other(templates_);
    const template_ptr first = template_of("select 1 from t");
    EXPECT_EQ(other.analyze("select 2 from t").statement.get(), first.get());
    EXPECT_EQ(other.counters().parsed, 0u);
}

TEST_F(statement_analyzer_test, threads_share_templates) {
    constexpr int thread_count = 4;
    constexpr int statements = 300;
    std::vector<std::vector<template_ptr>> seen(thread_count);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < thread_count; ++t) {
            threads.emplace_back([this, t, &seen] {
                statement_analyzer analyzer(templates_);
                for (int i = 0; i < statements; ++i) {
                    const std::string text = "select a" + std::to_string(i % 100) +
                                             " from t where b = " + std::to_string(i * t) +
                                             " and c = 'x'";
                    seen[static_cast<std::size_t>(t)].push_back(analyzer.analyze(text).statement);
                }
            });
        }
    }
    for (const auto& templates : seen) {
        ASSERT_EQ(templates.size(), static_cast<std::size_t>(statements));
        for (std::size_t i = 0; i < templates.size(); ++i) {
            ASSERT_TRUE(templates[i]);
            EXPECT_EQ(templates[i].get(), seen[0][i].get());
        }
    }
}

// Inputs that once broke something, and the seeds of the fuzzer.
TEST_F(statement_analyzer_test, inputs_of_the_fuzzer) {
    differential_checker checker(analyzer_);
    std::size_t inputs = 0;
    for (const char* folder : {"seeds", "old_crashes/sql_lexer_fuzz"}) {
        const auto path = std::filesystem::path(PGFOLD_SOURCE_DIR) / "tests/fuzz/sql" / folder;
        if (!std::filesystem::exists(path)) continue;
        for (const auto& entry : std::filesystem::directory_iterator(path)) {
            std::ifstream in(entry.path(), std::ios::binary);
            std::stringstream content;
            content << in.rdbuf();
            std::string text = content.str();
            text.resize(std::min(text.size(), text.find('\0')));
            EXPECT_EQ(checker.check(text).complaint, "") << entry.path();
            ++inputs;
        }
    }
    EXPECT_GT(inputs, 20u);
}

}  // namespace
}  // namespace pgfold::sql
