#include "proxy/session/session_tag.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/session/query_tally.hpp"

namespace pgfold::session {
namespace {

class session_tag_test : public ::testing::Test {
protected:
    // A statement as a client sends it; `bound` are the values of its parameters.
    bool follow(const std::string& text, const std::vector<std::string>& bound = {}) {
        const auto found = analyzer_.analyze(text);
        std::vector<detect::argument> arguments;
        for (const std::string& value : bound)
            arguments.push_back({.bytes = value});
        for (const auto& literal : found.literals)
            arguments.push_back(
                {.bytes = std::string_view(text).substr(literal.offset, literal.length),
                 .format = detect::argument_format::literal});
        return tag_.follow({.id = 1,
                            .statement = found.statement,
                            .arguments = arguments,
                            .text = text,
                            .at = {}});
    }
    // What the statements are attributed to.
    [[nodiscard]] std::string label(std::string_view comment = {}) {
        return label_of(sql::parse_tags(tag_.comment_for(comment)));
    }

    sql::statement_analyzer analyzer_{sql::make_template_table()};
    session_tag tag_;
};

TEST_F(session_tag_test, set_in_all_its_forms) {
    EXPECT_EQ(label(), "");
    EXPECT_TRUE(follow("SET pgfold.tag = 'tests/test_a.py::test_it[x, y]'"));
    EXPECT_EQ(label(), "tests/test_a.py::test_it[x, y]");
    EXPECT_TRUE(follow("set session PGFOLD.Tag to 'it''s * 50 % é'; "));
    EXPECT_EQ(label(), "it's * 50 % é");
    EXPECT_TRUE(follow("SET pgfold.tag = E'a\\\\b\\'c'"));
    EXPECT_EQ(label(), "a\\b'c");
    EXPECT_TRUE(follow("RESET pgfold.tag"));
    EXPECT_EQ(label(), "");
}

TEST_F(session_tag_test, set_config_takes_parameters) {
    EXPECT_TRUE(follow("SELECT set_config('pgfold.tag', $1, false)", {"a test"}));
    EXPECT_EQ(label(), "a test");
    EXPECT_TRUE(follow("select pg_catalog.set_config($1, $2::text, $3)", {"pgfold.tag", "b", "f"}));
    EXPECT_EQ(label(), "b");
    EXPECT_TRUE(follow("SELECT set_config('pgfold.tag', 'c', false)"));
    EXPECT_EQ(label(), "c");
    EXPECT_FALSE(follow("SELECT set_config('pgfold.tags', 'd', false)"));
    EXPECT_FALSE(follow("SELECT set_config('search_path', 'pgfold.tag', false)"));
    EXPECT_FALSE(follow("SELECT set_config($1, $2, false)"));  // values that were not seen
    EXPECT_EQ(label(), "c");
}

TEST_F(session_tag_test, local_ends_with_the_transaction_and_a_reset_ends_all) {
    follow("SET pgfold.tag = 'session'");
    follow("SET LOCAL pgfold.tag = 'transaction'");
    tag_.on_ready('T');
    EXPECT_EQ(label(), "transaction");
    tag_.on_ready('I');
    EXPECT_EQ(label(), "session");
    follow("DISCARD ALL");
    EXPECT_EQ(label(), "");
}

TEST_F(session_tag_test, what_is_said_last_and_nearest_wins) {
    tag_.set_fallback("worker 3");
    EXPECT_EQ(label(), "worker 3");
    EXPECT_EQ(label("/*route='/orders'*/"), "/orders");  // a fallback is no more than that
    follow("SET pgfold.tag = 'test'");
    EXPECT_EQ(label("/*route='/orders'*/"), "test");
    const auto tags = sql::parse_tags(tag_.comment_for("/*route='/orders'*/"));
    ASSERT_EQ(tags.size(), 2U);
    EXPECT_EQ(tags[1].second, "/orders");
}

TEST_F(session_tag_test, other_settings_are_not_looked_at) {
    EXPECT_FALSE(follow("SET work_mem = '4MB'"));
    EXPECT_FALSE(follow("SHOW pgfold.batch"));
    EXPECT_FALSE(follow("SELECT 'SET pgfold.tag = 1'"));
    EXPECT_EQ(label(), "");
    EXPECT_EQ(tag_.comment_for("/*a='b'*/"), "/*a='b'*/");
}

TEST(query_tally, counts_what_the_application_asks) {
    sql::statement_analyzer analyzer(sql::make_template_table());
    const auto counted = [&](std::string_view text) {
        return query_tally::is_counted(*analyzer.analyze(text).statement);
    };
    for (const char* text :
         {"SELECT a FROM b", "SELECT f()", "INSERT INTO a VALUES (1)", "COPY a FROM STDIN",
          "CREATE TABLE b ()", "SELECT relname FROM pg_class, a"})
        EXPECT_TRUE(counted(text)) << text;
    for (const char* text : {"BEGIN", "COMMIT", "SAVEPOINT a", "SET work_mem = 1", "", "SELECT 1",
                             "SELECT relname FROM pg_class", "DEALLOCATE ALL"})
        EXPECT_FALSE(counted(text)) << text;
    query_tally tally;
    ++tally.of("a");
    ++tally.of("a");
    ++tally.of("");
    EXPECT_EQ(tally.counts(), (std::map<std::string, std::uint64_t>{{"", 1}, {"a", 2}}));
}

}  // namespace
}  // namespace pgfold::session
