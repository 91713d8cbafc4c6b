#include <gtest/gtest.h>

#include "proxy/protocol/backend/error_response.hpp"
#include "support/cpp/conversation.hpp"

namespace pgfold::test {
namespace {

using session::session_options;
using session::session_phase;

const bytes both_mechanisms = backend::authentication_sasl({"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"});
const bytes plain_mechanism = backend::authentication_sasl({"SCRAM-SHA-256"});

session_options tls(bool client, bool server, bool same = false) {
    session_options options;
    options.client_tls = client;
    options.server_tls = server;
    options.same_certificate = same;
    return options;
}

TEST(authentication, is_relayed_until_the_first_ready_for_query) {
    const bytes login = backend::authentication_ok() +
                        backend::parameter_status("client_encoding", "UTF8") +
                        backend::backend_key_data(4711, "0123456789abcdef") + backend::ready();
    for (std::size_t piece = 0; piece < login.size(); ++piece) {
        conversation c({}, false);
        c.cut_into(piece);
        EXPECT_EQ(c.session().phase(), session_phase::authenticating);
        c.server(login);
        EXPECT_EQ(c.session().phase(), session_phase::ready);
        EXPECT_EQ(c.to_client(), login);
        ASSERT_TRUE(c.session().backend_key());
        EXPECT_EQ(c.session().backend_key()->process_id, 4711u);
        EXPECT_EQ(c.session().backend_key()->secret, raw("0123456789abcdef"));
    }
}

TEST(authentication, plus_is_dropped_where_pgfold_ends_tls) {
    struct {
        session_options options;
        bool dropped;
    } const cases[] = {
        {tls(false, false), false}, {tls(true, false), true},       {tls(false, true), true},
        {tls(true, true), true},    {tls(true, true, true), false}, {tls(false, true, true), true},
    };
    for (const auto& [options, dropped] : cases)
        for (const std::size_t piece : {0, 1, 7}) {
            conversation c(options, false);
            c.cut_into(piece);
            c.server(both_mechanisms);
            EXPECT_EQ(c.to_client(), dropped ? plain_mechanism : both_mechanisms);
        }
}

TEST(authentication, a_list_of_nothing_but_plus_is_left_alone) {
    conversation c(tls(true, true), false);
    const auto only = backend::authentication_sasl({"SCRAM-SHA-256-PLUS"});
    c.server(only);
    EXPECT_EQ(c.to_client(), only);
}

TEST(authentication, downgrade_flag_towards_a_tls_server_is_explained) {
    conversation c(tls(true, true), false);
    c.server(both_mechanisms);
    const auto before = c.to_client().size();
    c.client(frontend::sasl_initial_response("SCRAM-SHA-256", "y,,n=,r=nonce"));
    EXPECT_TRUE(c.to_server().empty());
    const auto reply = protocol::byte_span(c.to_client()).subspan(before);
    ASSERT_GT(reply.size(), 5u);
    EXPECT_EQ(protocol::error_field(reply.subspan(5), 'C'), "28000");
    EXPECT_NE(protocol::error_field(reply.subspan(5), 'H').find("channel_binding=disable"),
              std::string::npos);
    EXPECT_EQ(c.closes().size(), 2u);
}

TEST(authentication, other_flags_and_a_plain_server_go_through) {
    for (const auto& [options, response] : {std::pair(tls(true, true), "n,,n=,r=nonce"),
                                            std::pair(tls(true, false), "y,,n=,r=nonce")}) {
        conversation c(options, false);
        c.server(both_mechanisms);
        const auto message = frontend::sasl_initial_response("SCRAM-SHA-256", response);
        c.client(message);
        EXPECT_EQ(c.to_server(), message);
        EXPECT_TRUE(c.closes().empty());
    }
}

TEST(authentication, replication_is_piped_raw_afterwards) {
    session_options options;
    options.replication = true;
    conversation c(options, false);
    c.server(backend::authentication_ok() + backend::ready());
    EXPECT_EQ(c.session().phase(), session_phase::replicating);
    c.client(frontend::query("IDENTIFY_SYSTEM"));
    EXPECT_EQ(c.to_server(), frontend::query("IDENTIFY_SYSTEM"));
    EXPECT_TRUE(c.take_lines().empty());
}

TEST(authentication, what_follows_the_first_ready_for_query_is_not_lost) {
    conversation c({}, false);
    const bytes both = backend::authentication_ok() + backend::ready() + backend::notification("x");
    c.server(both);
    EXPECT_EQ(c.to_client(), both);
    EXPECT_TRUE(c.session().is_idle());
}

TEST(authentication, a_refused_login_is_passed_on) {
    conversation c({}, false);
    const bytes refusal = backend::error("28P01", "password authentication failed");
    c.server(refusal);
    EXPECT_EQ(c.to_client(), refusal);
}

}  // namespace
}  // namespace pgfold::test
