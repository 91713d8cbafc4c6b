#include <gtest/gtest.h>

#include "support/cpp/conversation.hpp"

namespace pgfold::test {
namespace {

using session::session_phase;
using telemetry::failopen_reason;

bytes with_length(char type, std::uint32_t length, std::string_view body = "") {
    bytes out = raw(std::string(1, type));
    protocol::byte_writer(out).write_uint32(length).write_bytes(raw(body));
    return out;
}

// Whatever a session is given, it forwards it, byte for byte, and does not fall over.
void expect_blind(conversation& c, const bytes& client, const bytes& server) {
    const auto to_server = c.to_server().size(), to_client = c.to_client().size();
    c.client(client).server(server);
    EXPECT_EQ(c.session().phase(), session_phase::blind);
    EXPECT_EQ(
        bytes(c.to_server().begin() + static_cast<std::ptrdiff_t>(to_server), c.to_server().end()),
        client);
    EXPECT_EQ(
        bytes(c.to_client().begin() + static_cast<std::ptrdiff_t>(to_client), c.to_client().end()),
        server);
    EXPECT_EQ(c.failopen(failopen_reason::malformed_message), 1u);
}

TEST(malformed, client_messages_make_the_session_blind_and_are_forwarded) {
    for (const bytes& bad : {
             with_length('Q', 3),
             with_length('Q', 0xffff'ffff),
             with_length('z', 4),
             with_length('Q', 6, "no"),
             with_length('P', 6, std::string("a\0", 2)),
             with_length('B', 5, "x"),
             with_length('D', 6, std::string("X\0", 2)),
             with_length('E', 5, std::string("\0", 1)),
             with_length('C', 4),
             with_length('\0', 4),
         }) {
        conversation c;
        expect_blind(c, bad, backend::error("08P01"));
        EXPECT_EQ(c.counters()
                      .protocol_errors[static_cast<std::size_t>(
                          telemetry::protocol_error::malformed_client_message)]
                      .value(),
                  1u);
    }
}

TEST(malformed, server_messages_make_the_session_blind_and_are_forwarded) {
    for (const bytes& bad :
         {with_length('C', 2), with_length('?', 4), with_length('Z', 0x4000'0000)}) {
        conversation c;
        expect_blind(c, frontend::query("SELECT 1"), bad);
    }
}

TEST(malformed, a_reply_that_nobody_asked_for_makes_the_session_blind) {
    for (const bytes& bad :
         {backend::ready(), backend::data_row({"1"}), backend::complete("SELECT 1"),
          backend::parse_complete(), backend::row_description({{"a"}}), backend::copy_in()}) {
        conversation c;
        expect_blind(c, {}, bad);
    }
}

TEST(malformed, a_blind_session_is_never_idle_and_stays_so) {
    conversation c;
    c.client(with_length('Q', 3));
    c.client(frontend::query("SELECT 1"));
    c.server(backend::ready());
    EXPECT_FALSE(c.session().is_idle());
    EXPECT_EQ(c.session().phase(), session_phase::blind);
    EXPECT_EQ(c.failopen(failopen_reason::malformed_message), 1u);
}

TEST(malformed, texts_too_long_to_assemble_are_forwarded_and_followed) {
    session::session_options options;
    options.assembled_message_bytes_max = 1000;
    for (const std::size_t piece : {0, 1, 100, 999, 1005}) {
        conversation c(options);
        c.cut_into(piece);
        c.client(frontend::query("SELECT '" + std::string(5000, 'x') + "'"));
        c.server(backend::row_description({{"a"}}) + backend::data_row({"x"}) +
                 backend::complete("SELECT 1") + backend::ready());
        c.client(frontend::parse("big", "SELECT '" + std::string(5000, 'x') + "'") +
                 frontend::bind("", "big", {std::string(5000, 'y')}) + frontend::execute() +
                 frontend::sync());
        c.server(backend::parse_complete() + backend::bind_complete() +
                 backend::complete("SELECT 1") + backend::ready());
        EXPECT_TRUE(c.session().is_idle()) << piece;
        EXPECT_EQ(c.failopen(failopen_reason::message_too_long), 3u);
    }
}

TEST(malformed, sql_that_cannot_be_parsed_is_forwarded) {
    conversation c;
    c.client(frontend::query("SELEKT 1"));
    c.server(backend::error("42601") + backend::ready());
    EXPECT_TRUE(c.session().is_idle());
    EXPECT_EQ(c.failopen(failopen_reason::unparsed_sql), 1u);
    EXPECT_EQ(c.counters().parse_failures.value(), 1u);
}

TEST(malformed, a_text_too_deep_to_analyze_is_no_parse_failure) {
    conversation c;
    c.client(frontend::query("SELECT " + std::string(600, '(') + "1" + std::string(600, ')')));
    EXPECT_EQ(c.failopen(failopen_reason::text_too_long), 1u);
    EXPECT_EQ(c.failopen(failopen_reason::unparsed_sql), 0u);
    EXPECT_EQ(c.counters().parse_failures.value(), 0u);
}

TEST(malformed, more_requests_than_can_be_followed_make_the_session_blind) {
    session::session_options options;
    options.requests_outstanding_max = 10;
    conversation c(options);
    bytes many;
    for (int i = 0; i < 11; ++i)
        many = many + frontend::query("SELECT 1");
    c.client(many);
    EXPECT_EQ(c.session().phase(), session_phase::blind);
    EXPECT_EQ(c.failopen(failopen_reason::queue_full), 1u);
}

TEST(malformed, a_fault_in_an_observer_does_not_take_the_session_down) {
    conversation c;
    c.observer().fails = true;
    c.client(frontend::query("SELECT 1"));
    const bytes answer = backend::row_description({{"a"}}) + backend::data_row({"1"}) +
                         backend::complete("SELECT 1") + backend::ready();
    c.server(answer);
    EXPECT_EQ(c.session().phase(), session_phase::blind);
    EXPECT_EQ(c.failopen(failopen_reason::analysis_error), 1u);
    EXPECT_EQ(c.to_server(), frontend::query("SELECT 1"));
}

}  // namespace
}  // namespace pgfold::test
