#include "proxy/net/client_startup.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "net/socket_pair.hpp"

namespace pgfold::net {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string startup_packet() {
    protocol::startup_message message;
    message.parameters = {{"user", "app"}, {"database", "shop"}};
    return text_of(protocol::build_startup(message));
}

std::string ssl_request() {
    return text_of(protocol::build_ssl_request());
}

const std::string gssenc_request("\0\0\0\x08\x04\xd2\x16\x30", 8);

class client_startup_test : public ::testing::Test {
protected:
    void begin(startup_policy policy = {},
               std::chrono::milliseconds timeout = std::chrono::hours(1)) {
        limit_.emplace(loop_, timeout);
        loop_.tasks().start(negotiate(std::move(policy)),
                            [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
        loop_.poll();
    }
    task<void> negotiate(startup_policy policy) {
        result_ = co_await negotiate_startup(client_.inner, std::move(policy), counters_, *limit_);
        loop_.stop();
    }
    std::string say(std::string_view bytes) {
        EXPECT_EQ(client_.write(bytes), bytes.size());
        loop_.poll();
        return client_.read();
    }
    std::uint64_t errors(telemetry::protocol_error what) {
        return counters_.protocol_errors[static_cast<std::size_t>(what)].value();
    }

    telemetry::thread_counters counters_;
    event_loop loop_;
    socket_pair client_;
    std::optional<deadline> limit_;
    std::optional<client_startup> result_;
};

TEST_F(client_startup_test, plain_startup_keeps_the_packet_as_it_came) {
    begin();
    EXPECT_EQ(say(startup_packet()), "");
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::start);
    EXPECT_EQ(text_of(result_->packet), startup_packet());
    EXPECT_EQ(result_->message.parameter("user"), "app");
    EXPECT_TRUE(result_->after.empty());
}

TEST_F(client_startup_test, any_split_gives_the_same) {
    const std::string conversation[] = {ssl_request(), gssenc_request, startup_packet()};
    begin();
    std::string answers;
    for (const std::string& packet : conversation)
        for (const char c : packet)
            answers += say(std::string(1, c));
    EXPECT_EQ(answers, "NN");
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::start);
    EXPECT_EQ(text_of(result_->packet), startup_packet());
}

TEST_F(client_startup_test, gss_then_ssl) {
    begin();
    EXPECT_EQ(say(gssenc_request), "N");
    EXPECT_EQ(say(ssl_request()), "N");
    EXPECT_FALSE(result_);
}

TEST_F(client_startup_test, what_follows_the_startup_packet_is_kept) {
    begin();
    const std::string next("p\0\0\0\x05x", 6);
    say(startup_packet() + next);
    ASSERT_TRUE(result_);
    EXPECT_EQ(text_of(result_->packet), startup_packet());
    EXPECT_EQ(text_of(result_->after), next);
}

TEST_F(client_startup_test, early_plaintext_is_refused) {
    begin();
    const std::string answer = say(ssl_request() + startup_packet());
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::closed);
    ASSERT_FALSE(answer.empty());
    EXPECT_EQ(answer[0], 'E');
    EXPECT_NE(answer.find("C08P01"), std::string::npos);
    EXPECT_NE(answer.find("unencrypted data after SSL request"), std::string::npos);
}

TEST_F(client_startup_test, encryption_is_asked_for_once) {
    begin();
    say(ssl_request());
    const std::string answer = say(ssl_request());
    ASSERT_TRUE(result_);
    EXPECT_NE(answer.find("C08P01"), std::string::npos);
}

TEST_F(client_startup_test, cancel_request) {
    begin();
    const std::byte secret[] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    const std::string packet = text_of(protocol::build_cancel_request(77, secret));
    EXPECT_EQ(say(packet), "");
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::cancel);
    EXPECT_EQ(result_->process_id, 77U);
    EXPECT_EQ(text_of(result_->secret), text_of(secret));
    EXPECT_EQ(text_of(result_->packet), packet);
}

TEST_F(client_startup_test, garbage_is_answered_and_counted) {
    begin();
    const std::string answer = say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::closed);
    EXPECT_NE(answer.find("C08P01"), std::string::npos);
    EXPECT_NE(answer.find("HTTP"), std::string::npos);
    EXPECT_EQ(errors(telemetry::protocol_error::startup_garbage), 1U);
}

TEST_F(client_startup_test, packet_that_claims_too_much_is_refused_before_it_is_read) {
    begin();
    const std::string answer = say(std::string("\0\0\x27\x11\0\x03\0\0", 8));  // 10,001 bytes
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::closed);
    EXPECT_NE(answer.find("C08P01"), std::string::npos);
    EXPECT_EQ(errors(telemetry::protocol_error::startup_too_long), 1U);
}

TEST_F(client_startup_test, client_that_leaves) {
    begin();
    say(startup_packet().substr(0, 5));
    client_.close();
    loop_.poll();
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::closed);
    EXPECT_TRUE(result_->problem.empty());
}

TEST_F(client_startup_test, silent_client_runs_into_the_deadline) {
    begin({}, std::chrono::milliseconds(1));
    loop_.run();
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::closed);
    EXPECT_EQ(errors(telemetry::protocol_error::startup_timeout), 1U);
}

TEST_F(client_startup_test, plain_text_is_refused_where_tls_is_required) {
    startup_policy policy;
    policy.mode = config::tls_mode::require;
    policy.client_host = "10.1.2.3";
    begin(std::move(policy));
    const std::string answer = say(startup_packet());
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::closed);
    EXPECT_NE(answer.find("C28000"), std::string::npos);
    EXPECT_NE(answer.find("host \"10.1.2.3\", user \"app\""), std::string::npos);
    EXPECT_NE(answer.find("no encryption"), std::string::npos);
}

TEST_F(client_startup_test, unix_sockets_need_no_tls) {
    startup_policy policy;
    policy.mode = config::tls_mode::require;
    policy.is_unix = true;
    begin(std::move(policy));
    say(startup_packet());
    ASSERT_TRUE(result_);
    EXPECT_EQ(result_->outcome, startup_outcome::start);
}

}  // namespace
}  // namespace pgfold::net
