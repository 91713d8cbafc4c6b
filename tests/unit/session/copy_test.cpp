#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cpp/conversation.hpp"

namespace pgfold::test {
namespace {

using testing::Contains;

const bytes copy_cycle =
    frontend::parse("", "COPY t FROM STDIN") + frontend::bind("", "") + frontend::execute();
const bytes copy_begins = backend::parse_complete() + backend::bind_complete() + backend::copy_in();
const bytes data = frontend::copy_data("1\n") + frontend::copy_data("2\n");

void expect_followed(conversation& c) {
    EXPECT_EQ(c.session().phase(), session::session_phase::ready);
    EXPECT_TRUE(c.session().is_idle());
    (void)c.take_lines();
    c.client(frontend::query("SELECT 1"));
    c.server(backend::row_description({{"a"}}) + backend::data_row({"1"}) +
             backend::complete("SELECT 1") + backend::ready());
    EXPECT_THAT(c.take_lines(), Contains(testing::HasSubstr("end SELECT 1 rows 1")));
}

TEST(copy, in_by_simple_query) {
    conversation c;
    c.client(frontend::query("COPY t FROM STDIN"));
    c.server(backend::copy_in());
    c.client(data + frontend::copy_done());
    c.server(backend::complete("COPY 2") + backend::ready());
    EXPECT_THAT(c.take_lines(), Contains("1 end COPY 2 rows 0"));
    expect_followed(c);
}

TEST(copy, in_by_simple_query_that_the_client_gives_up) {
    conversation c;
    c.client(frontend::query("COPY t FROM STDIN"));
    c.server(backend::copy_in());
    c.client(data + frontend::copy_fail("no"));
    c.server(backend::error("57014") + backend::ready());
    expect_followed(c);
}

TEST(copy, in_that_the_server_refuses_while_data_is_still_coming) {
    conversation c;
    c.client(frontend::query("COPY t FROM STDIN"));
    c.server(backend::copy_in());
    c.client(data);
    c.server(backend::error("22P02") + backend::ready());
    c.client(data + frontend::copy_done());  // ignored by the server
    expect_followed(c);
}

TEST(copy, in_by_extended_query_with_the_sync_sent_first) {
    conversation c;  // libpq: the Sync behind Execute is read as part of the COPY and ignored
    c.client(copy_cycle + frontend::sync());
    c.server(copy_begins);
    c.client(data + frontend::copy_done() + frontend::sync());
    c.server(backend::complete("COPY 2") + backend::ready());
    expect_followed(c);
}

TEST(copy, in_by_extended_query_with_everything_sent_at_once) {
    conversation c;
    c.client(copy_cycle + frontend::sync() + data + frontend::copy_done() + frontend::sync());
    c.server(copy_begins + backend::complete("COPY 2") + backend::ready());
    expect_followed(c);
}

TEST(copy, in_by_extended_query_that_never_begins) {
    conversation c;  // no such table: the data is ignored, and both Syncs are answered
    c.client(copy_cycle + frontend::sync() + data + frontend::copy_done() + frontend::sync());
    c.server(backend::error("42P01") + backend::ready() + backend::ready());
    expect_followed(c);
}

TEST(copy, in_by_extended_query_with_an_error_in_the_data) {
    conversation c;
    c.client(copy_cycle + frontend::flush());
    c.server(copy_begins);
    c.client(data);
    c.server(backend::error("22P02"));
    c.client(data + frontend::copy_done() + frontend::sync());
    c.server(backend::ready());
    expect_followed(c);
}

TEST(copy, out_streams_by) {
    conversation c;
    c.client(frontend::query("COPY t TO STDOUT"));
    c.server(backend::copy_out() + backend::copy_data("1\n") + backend::copy_data("2\n") +
             backend::copy_done() + backend::complete("COPY 2") + backend::ready());
    EXPECT_THAT(c.take_lines(), Contains("1 end COPY 2 rows 0"));
    expect_followed(c);
}

}  // namespace
}  // namespace pgfold::test
