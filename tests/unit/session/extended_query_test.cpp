#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cpp/conversation.hpp"

namespace pgfold::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string lookup = "SELECT name FROM employee WHERE id = $1";

TEST(extended_query, unnamed_cycle_as_most_drivers_send_it) {
    conversation c;
    c.client(frontend::parse("", lookup, {23}) + frontend::bind("", "", {"7"}, {0}) +
             frontend::describe_portal("") + frontend::execute() + frontend::sync());
    c.server(backend::parse_complete() + backend::bind_complete() +
             backend::row_description({{"name", 1, 2, 25}}) + backend::data_row({"Ann"}) +
             backend::complete("SELECT 1") + backend::ready());
    const auto lines = c.take_lines();
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_THAT(lines[0], HasSubstr("(text 7:23)"));
    EXPECT_EQ(lines[1], "1 shape name 0");
    EXPECT_EQ(lines[2], "1 row of 9");
    EXPECT_EQ(lines[3], "1 end SELECT 1 rows 1");
    EXPECT_EQ(lines[4], "ready I 1-1");
}

TEST(extended_query, named_statement_without_a_later_describe_keeps_its_shape) {
    conversation c;  // asyncpg: Parse, Describe, Flush; then Bind, Execute, Sync without Describe
    c.client(frontend::parse("s", lookup) + frontend::describe_statement("s") + frontend::flush());
    c.server(backend::parse_complete() + backend::parameter_description({23}) +
             backend::row_description({{"name", 1, 2, 25}}));
    EXPECT_EQ(c.session().requests_outstanding(), 0u);
    for (int i = 0; i < 2; ++i) {
        c.client(frontend::bind("", "s", {std::string("\0\0\0\7", 4)}, {1}, {1}) +
                 frontend::execute() + frontend::sync());
        c.server(backend::bind_complete() + backend::data_row({"Ann"}) +
                 backend::complete("SELECT 1") + backend::ready());
    }
    const auto lines = c.take_lines();
    ASSERT_EQ(lines.size(), 10u);
    EXPECT_THAT(lines[0], HasSubstr(":23) named"));
    EXPECT_THAT(lines[0], HasSubstr("binary "));
    EXPECT_EQ(lines[6], "2 shape name 1");
}

TEST(extended_query, result_formats_of_each_bind_count_not_those_of_the_describe) {
    conversation c;  // pgjdbc: text at first, per-column codes from the sixth execution
    c.client(frontend::parse("S_1", lookup) + frontend::bind("", "S_1", {"1"}) +
             frontend::describe_portal("") + frontend::execute() + frontend::sync());
    c.server(backend::parse_complete() + backend::bind_complete() +
             backend::row_description({{"id", 1, 1}, {"name", 1, 2}, {"city", 1, 3}}) +
             backend::data_row({"1", "a", "b"}) + backend::complete("SELECT 1") + backend::ready());
    c.client(frontend::bind("", "S_1", {"1"}, {}, {1, 0, 0}) + frontend::execute() +
             frontend::sync());
    c.server(backend::bind_complete() + backend::data_row({"1", "a", "b"}) +
             backend::complete("SELECT 1") + backend::ready());
    EXPECT_THAT(c.take_lines(), Contains("2 shape id name city 1 0 0"));
}

TEST(extended_query, unnamed_statement_lives_across_sync) {
    conversation c;  // lib/pq: Parse, Describe, Sync; then Bind, Execute, Sync
    c.client(frontend::parse("", lookup) + frontend::describe_statement("") + frontend::sync());
    c.server(backend::parse_complete() + backend::parameter_description({23}) +
             backend::row_description({{"name", 1, 2, 25}}) + backend::ready());
    c.client(frontend::bind("", "", {"9"}) + frontend::execute() + frontend::sync());
    c.server(backend::bind_complete() + backend::data_row({"Eve"}) + backend::complete("SELECT 1") +
             backend::ready());
    const auto lines = c.take_lines();
    EXPECT_THAT(lines, Contains(HasSubstr("(text 9:23)")));
    EXPECT_THAT(lines, Contains("1 shape name 0"));
}

TEST(extended_query, begin_pipelined_with_the_first_query_belongs_to_its_group) {
    conversation c;
    c.client(frontend::parse("", "BEGIN") + frontend::bind("", "") + frontend::execute() +
             frontend::parse("", lookup) + frontend::bind("", "", {"1"}) + frontend::execute() +
             frontend::sync());
    c.server(backend::parse_complete() + backend::bind_complete() + backend::complete("BEGIN") +
             backend::parse_complete() + backend::bind_complete() + backend::complete("SELECT 0") +
             backend::ready('T'));
    EXPECT_THAT(c.take_lines(), Contains("ready T 1-2"));
}

TEST(extended_query, many_executions_in_flight_are_told_apart) {
    conversation c;  // postgres.js: up to 19 deep, Syncs back to back
    c.client(frontend::parse("s", lookup) + frontend::sync());
    c.server(backend::parse_complete() + backend::ready());
    bytes all, answers;
    for (int i = 0; i < 50; ++i) {
        all = all + frontend::bind("", "s", {std::to_string(i)}) + frontend::execute() +
              frontend::sync();
        answers = answers + backend::bind_complete() + backend::data_row({std::to_string(i)}) +
                  backend::complete("SELECT 1") + backend::ready();
    }
    c.client(all);
    EXPECT_EQ(c.session().requests_outstanding(), 150u);
    c.server(answers);
    EXPECT_TRUE(c.session().is_idle());
    const auto lines = c.take_lines();
    EXPECT_THAT(lines, Contains("50 end SELECT 1 rows 1"));
    EXPECT_THAT(lines, Contains("ready I 50-50"));
}

TEST(extended_query, portal_with_a_row_limit_is_one_execution) {
    conversation c;  // pgjdbc with fetchSize
    c.client(frontend::query("BEGIN"));
    c.server(backend::complete("BEGIN") + backend::ready('T'));
    c.client(frontend::parse("", "SELECT id FROM employee") + frontend::bind("C_1", "") +
             frontend::describe_portal("C_1") + frontend::execute("C_1", 2) + frontend::sync());
    c.server(backend::parse_complete() + backend::bind_complete() +
             backend::row_description({{"id", 1, 1}}) + backend::data_row({"1"}) +
             backend::data_row({"2"}) + backend::suspended() + backend::ready('T'));
    c.client(frontend::execute("C_1", 2) + frontend::sync());
    c.server(backend::data_row({"3"}) + backend::complete("SELECT 1") + backend::ready('T'));
    EXPECT_THAT(
        c.take_lines(),
        ElementsAre(HasSubstr("1 start"), "1 end BEGIN rows 0", "ready T 1-1", HasSubstr("2 start"),
                    "2 shape id 0", "2 row of 7", "2 row of 7", "2 end suspended rows 2",
                    "ready T 2-2", "2 row of 7", "2 end SELECT 1 rows 3", "ready T 2-2"));
}

TEST(extended_query, literals_follow_bound_values) {
    conversation c;  // ActiveRecord without prepared statements inlines literals in Parse
    c.client(frontend::parse("", "SELECT name FROM employee WHERE id = $1 LIMIT 5") +
             frontend::bind("", "", {std::nullopt}) + frontend::execute() + frontend::sync());
    EXPECT_THAT(c.take_lines(), Contains(HasSubstr("(null, literal 5)")));
}

TEST(extended_query, close_and_deallocate_forget) {
    for (const bool sql : {false, true}) {
        conversation c;
        c.client(frontend::parse("a1", lookup) + frontend::sync());
        c.server(backend::parse_complete() + backend::ready());
        if (sql) {
            c.client(frontend::query("DEALLOCATE a1"));
            c.server(backend::complete("DEALLOCATE") + backend::ready());
        } else {
            c.client(frontend::close_statement("a1") + frontend::sync());
            c.server(backend::close_complete() + backend::ready());
        }
        (void)c.take_lines();
        c.client(frontend::bind("", "a1", {"1"}) + frontend::execute() + frontend::sync());
        EXPECT_TRUE(c.take_lines().empty());
        c.server(backend::error("26000") + backend::ready());
        EXPECT_TRUE(c.session().is_idle());
    }
}

TEST(extended_query, no_data_and_tag_comments) {
    conversation c;
    c.client(frontend::parse("", "UPDATE employee SET name = $1 WHERE id = $2 /*route='%2Fx'*/") +
             frontend::bind("", "", {"a", "1"}) + frontend::describe_portal("") +
             frontend::execute() + frontend::sync());
    c.server(backend::parse_complete() + backend::bind_complete() + backend::no_data() +
             backend::complete("UPDATE 1") + backend::ready());
    const auto lines = c.take_lines();
    EXPECT_THAT(lines[0], HasSubstr("route='%2Fx'"));
    EXPECT_THAT(lines, Contains("1 end UPDATE 1 rows 0"));
}

TEST(extended_query, statements_beyond_the_limit_are_forwarded_but_not_followed) {
    session::session_options options;
    options.prepared_statements_max = 3;
    conversation c(options);
    for (int i = 0; i < 10; ++i) {
        const auto name = "s" + std::to_string(i);
        c.client(frontend::parse(name, lookup) + frontend::bind("", name, {"1"}) +
                 frontend::execute() + frontend::sync());
        c.server(backend::parse_complete() + backend::bind_complete() +
                 backend::complete("SELECT 0") + backend::ready());
    }
    EXPECT_TRUE(c.session().is_idle());
    const auto lines = c.take_lines();
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                            [](const auto& l) { return l.find("start") != std::string::npos; }),
              3);
}

}  // namespace
}  // namespace pgfold::test
