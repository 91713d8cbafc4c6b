#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cpp/conversation.hpp"

namespace pgfold::test {
namespace {

using testing::ElementsAre;

TEST(simple_query, is_seen_with_its_literals_rows_and_tag) {
    conversation c;
    c.client(frontend::query("SELECT id FROM employee WHERE organization_id = 24 AND name = 'x'"));
    EXPECT_FALSE(c.session().is_idle());
    c.server(backend::row_description({{"id", 1, 1}}) + backend::data_row({"7"}) +
             backend::data_row({"8"}) + backend::complete("SELECT 2") + backend::ready());
    EXPECT_TRUE(c.session().is_idle());
    EXPECT_THAT(c.take_lines(), ElementsAre("1 start " + std::string(c.session().current_query()) +
                                                " (literal 24, literal 'x')",
                                            "1 shape id", "1 row of 7", "1 row of 7",
                                            "1 end SELECT 2 rows 2", "ready I 1-1"));
}

TEST(simple_query, a_directive_of_pgfold_stands_beside_the_tags) {
    conversation c;
    const std::string text = "/*pgfold:ignore*/ SELECT 1 /*route='x'*/";
    const std::string expected =
        " start SELECT $1 (literal 1) tags /*route='x'*/ directive /*pgfold:ignore*/";
    c.client(frontend::query(text));
    c.server(backend::complete("SELECT 1") + backend::ready());
    EXPECT_THAT(c.take_lines(), testing::Contains("1" + expected));
    c.client(frontend::parse("", text) + frontend::bind("", "", {}) + frontend::execute() +
             frontend::sync());
    EXPECT_THAT(c.take_lines(), testing::Contains("2" + expected));
}

TEST(simple_query, an_error_ends_it_and_ready_closes_it) {
    conversation c;
    c.client(frontend::query("SELECT 1/0"));
    c.server(backend::error("22012") + backend::ready('E'));
    const auto lines = c.take_lines();
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[1], "1 end error 22012 rows 0");
    EXPECT_EQ(lines[2], "ready E 1-1");
    EXPECT_EQ(c.session().transaction_status(), 'E');
    EXPECT_FALSE(c.session().is_idle());  // a transaction is open, if failed
}

TEST(simple_query, of_several_statements_is_one_execution_without_rows) {
    conversation c;
    c.client(frontend::query("SELECT 1; SELECT 2"));
    c.server(backend::row_description({{"a"}}) + backend::data_row({"1"}) +
             backend::complete("SELECT 1") + backend::row_description({{"b"}}) +
             backend::data_row({"2"}) + backend::complete("SELECT 1") + backend::ready());
    const auto lines = c.take_lines();
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[1], "1 end  rows 2");
    EXPECT_EQ(lines[2], "ready I 1-1");
}

TEST(simple_query, two_without_waiting_are_answered_in_order) {
    conversation c;  // as pgjdbc does with preferQueryMode=simple
    c.client(frontend::query("BEGIN") + frontend::query("SELECT 1"));
    EXPECT_EQ(c.session().requests_outstanding(), 2u);
    c.server(backend::complete("BEGIN") + backend::ready('T'));
    EXPECT_EQ(c.session().requests_outstanding(), 1u);
    c.server(backend::row_description({{"a"}}) + backend::data_row({"1"}) +
             backend::complete("SELECT 1") + backend::ready('T'));
    EXPECT_EQ(c.session().transaction_status(), 'T');
    EXPECT_THAT(c.take_lines(), testing::Contains("2 end SELECT 1 rows 1"));
}

TEST(simple_query, messages_that_may_come_at_any_time_disturb_nothing) {
    conversation c;
    c.server(backend::notification("channel") +
             backend::parameter_status("application_name", "worker"));
    c.client(frontend::query("SELECT 1"));
    c.server(backend::notice() + backend::row_description({{"a"}}) + backend::notification("x") +
             backend::data_row({"1"}) + backend::parameter_status("TimeZone", "UTC") +
             backend::notice() + backend::complete("SELECT 1") + backend::notice() +
             backend::ready());
    EXPECT_TRUE(c.session().is_idle());
    EXPECT_EQ(c.session().phase(), session::session_phase::ready);
    EXPECT_THAT(c.take_lines(), testing::Contains("application worker"));
}

TEST(simple_query, an_empty_one_and_a_function_call_are_answered) {
    conversation c;
    c.client(frontend::query(""));
    c.server(backend::empty_query() + backend::ready());
    c.client(frontend::function_call());
    c.server(backend::function_call_response() + backend::ready());
    EXPECT_TRUE(c.session().is_idle());
    EXPECT_EQ(c.session().phase(), session::session_phase::ready);
}

TEST(simple_query, a_fatal_error_out_of_the_blue_is_passed_on) {
    conversation c;
    c.server(backend::error("57P01", "terminating connection due to administrator command"));
    EXPECT_EQ(c.session().phase(), session::session_phase::ready);
}

TEST(simple_query, rows_longer_than_kept_are_reported_as_truncated) {
    session::session_options options;
    options.observed_row_bytes_max = 100;
    conversation c(options);
    c.client(frontend::query("SELECT body FROM page"));
    c.server(backend::row_description({{"body"}}) + backend::data_row({"short"}) +
             backend::data_row({std::string(200, 'x')}) + backend::data_row({"short"}) +
             backend::complete("SELECT 3") + backend::ready());
    const auto lines = c.take_lines();
    EXPECT_THAT(lines, testing::Contains("1 row truncated"));
    EXPECT_THAT(lines, testing::Contains("1 end SELECT 3 rows 3"));
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "1 row of 11"), 1);  // none after the refusal
}

TEST(simple_query, discard_all_resets_and_forgets_statements) {
    conversation c;
    c.client(frontend::parse("s", "SELECT $1") + frontend::sync());
    c.server(backend::parse_complete() + backend::ready());
    c.client(frontend::query("DISCARD ALL"));
    c.server(backend::complete("DISCARD ALL") + backend::ready());
    EXPECT_THAT(c.take_lines(), testing::Contains("reset"));
    c.client(frontend::bind("", "s", {"1"}) + frontend::execute() + frontend::sync());
    EXPECT_TRUE(c.take_lines().empty());  // nobody knows that statement any more
}

TEST(simple_query, everything_is_the_same_however_the_bytes_are_cut) {
    const auto run = [](std::size_t piece) {
        conversation c;
        c.cut_into(piece);
        for (int i = 0; i < 3; ++i) {
            c.client(frontend::query("SELECT id FROM employee WHERE organization_id = " +
                                     std::to_string(i)));
            c.server(backend::row_description({{"id", 1, 1}}) + backend::data_row({"7"}) +
                     backend::complete("SELECT 1") + backend::ready());
        }
        return std::tuple(c.take_lines(), c.to_client(), c.to_server());
    };
    const auto whole = run(0);
    for (std::size_t piece = 1; piece < 80; ++piece)
        EXPECT_EQ(run(piece), whole) << piece;
}

}  // namespace
}  // namespace pgfold::test
