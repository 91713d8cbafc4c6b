#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cpp/conversation.hpp"

namespace pgfold::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string lookup = "SELECT name FROM employee WHERE id = $1";

bytes cycle(std::string_view value) {
    return frontend::bind("", "s", {std::string(value)}) + frontend::execute();
}
const bytes row_answer =
    backend::bind_complete() + backend::data_row({"x"}) + backend::complete("SELECT 1");

void prepare(conversation& c) {
    c.client(frontend::parse("s", lookup) + frontend::sync());
    c.server(backend::parse_complete() + backend::ready());
    (void)c.take_lines();
}

TEST(pipeline_error, skips_to_sync_and_not_beyond) {
    conversation c;
    prepare(c);
    c.client(cycle("1") + cycle("2") + cycle("3") + frontend::sync() + cycle("4") +
             frontend::sync());
    c.server(row_answer + backend::bind_complete() + backend::error("22012") + backend::ready() +
             row_answer + backend::ready());
    EXPECT_TRUE(c.session().is_idle());
    const auto lines = c.take_lines();
    EXPECT_THAT(lines, Contains("2 end error 22012 rows 0"));
    EXPECT_THAT(lines, Contains("3 end skipped rows 0"));
    EXPECT_THAT(lines, Contains("ready I 1-3"));
    EXPECT_THAT(lines, Contains("4 end SELECT 1 rows 1"));
    EXPECT_THAT(lines, Contains("ready I 4-4"));
}

TEST(pipeline_error, without_a_sync_in_flight_ignores_what_comes_until_one) {
    conversation c;
    prepare(c);
    c.client(cycle("1") + frontend::flush());
    c.server(backend::bind_complete() + backend::error("22012"));
    c.client(cycle("2") + frontend::parse("t", "SELECT 2"));
    EXPECT_EQ(c.session().requests_outstanding(), 0u);
    EXPECT_FALSE(c.session().is_idle());
    c.client(frontend::sync());
    c.server(backend::ready());
    EXPECT_TRUE(c.session().is_idle());
    (void)c.take_lines();
    c.client(cycle("3") + frontend::bind("", "t", {}) + frontend::execute() + frontend::sync());
    const auto lines = c.take_lines();
    ASSERT_EQ(lines.size(), 1u);  // t was never prepared
    EXPECT_THAT(lines[0], HasSubstr("(text 3"));
}

TEST(pipeline_error, a_parse_that_failed_or_was_skipped_leaves_the_old_statement) {
    conversation c;
    prepare(c);
    c.client(frontend::parse("s", "SELECT wrong") + frontend::sync());  // already exists
    c.server(backend::error("42P05") + backend::ready());
    c.client(frontend::bind("", "none") + frontend::parse("", "SELECT skipped") +
             frontend::close_statement("s") + frontend::sync());
    c.server(backend::error("26000") + backend::ready());
    c.client(cycle("1") + frontend::bind("", "") + frontend::execute() + frontend::sync());
    const auto lines = c.take_lines();
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_THAT(lines[2], HasSubstr("(text 1"));
}

TEST(pipeline_error, a_failed_unnamed_parse_leaves_none) {
    conversation c;
    c.client(frontend::parse("", lookup) + frontend::sync());
    c.server(backend::parse_complete() + backend::ready());
    c.client(frontend::parse("", "SELECT nonsense from") + frontend::sync());
    c.server(backend::error("42601") + backend::ready());
    (void)c.take_lines();
    c.client(frontend::bind("", "", {"1"}) + frontend::execute() + frontend::sync());
    EXPECT_TRUE(c.take_lines().empty());
}

TEST(pipeline_error, at_sync_itself_closes_only_that_sync) {
    conversation c;  // a deferred constraint fails when the implicit transaction commits
    prepare(c);
    c.client(cycle("1") + frontend::sync() + cycle("2") + frontend::sync());
    c.server(row_answer + backend::error("23503") + backend::ready() + row_answer +
             backend::ready());
    EXPECT_TRUE(c.session().is_idle());
    EXPECT_THAT(c.take_lines(), Contains("2 end SELECT 1 rows 1"));
}

TEST(pipeline_error, a_simple_query_error_does_not_skip) {
    conversation c;
    c.client(frontend::query("SELECT 1/0") + frontend::query("SELECT 2"));
    c.server(backend::error("22012") + backend::ready() + backend::row_description({{"a"}}) +
             backend::data_row({"2"}) + backend::complete("SELECT 1") + backend::ready());
    EXPECT_THAT(c.take_lines(), Contains("2 end SELECT 1 rows 1"));
    EXPECT_TRUE(c.session().is_idle());
}

}  // namespace
}  // namespace pgfold::test
