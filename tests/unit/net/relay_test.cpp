#include "proxy/net/relay.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "net/socket_pair.hpp"
#include "proxy/net/clock.hpp"

namespace pgfold::net {
namespace {

std::string int32_text(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
            static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string message(char type, const std::string& body) {
    return type + int32_text(static_cast<std::uint32_t>(body.size()) + 4) + body;
}

const std::string authentication_ok = message('R', int32_text(0));
const std::string backend_key_data = message('K', int32_text(42) + int32_text(4711));
const std::string ready_idle = message('Z', "I");
const std::string ready_in_transaction = message('Z', "T");
const std::string terminate = message('X', "");

std::string query(const std::string& text) {
    return message('Q', text + '\0');
}

// A relay between two real sockets whose other ends the test holds.
class relay_test : public ::testing::Test {
protected:
    relay_test() {
        auto conversation = std::make_unique<session::session>(
            session::session_options{}, detect::session_identity{.connection_id = 1},
            thread_.analyzer, nullptr, thread_.counters, now());
        relay::callbacks callbacks;
        callbacks.on_cancel_key = [this](const session::cancel_key& key) { key_ = key; };
        callbacks.on_end = [this] { ++ends_; };
        relay_ = std::make_shared<relay>(loop_, thread_, std::move(client_.inner),
                                         std::move(server_.inner), nullptr, std::move(conversation),
                                         std::move(callbacks));
        relay_->start({});
    }

    void log_in() {
        server_.write(authentication_ok + backend_key_data + ready_idle);
        run();
        EXPECT_EQ(client_.read(), authentication_ok + backend_key_data + ready_idle);
    }
    void run() { loop_.poll(); }

    thread_resources thread_{sql::make_template_table()};
    event_loop loop_;
    socket_pair client_;
    socket_pair server_;
    std::optional<session::cancel_key> key_;
    int ends_ = 0;
    std::shared_ptr<relay> relay_;
};

TEST_F(relay_test, passes_both_ways_and_tells_the_cancel_key) {
    log_in();
    ASSERT_TRUE(key_);
    EXPECT_EQ(key_->process_id, 42U);
    client_.write(query("SELECT 1"));
    run();
    EXPECT_EQ(server_.read(), query("SELECT 1"));
    EXPECT_EQ(thread_.counters.bytes_from_client.value(), query("SELECT 1").size());
    EXPECT_EQ(ends_, 0);
}

TEST_F(relay_test, a_reader_that_does_not_read_stops_the_writer_within_bounds) {
    log_in();
    client_.write(query("SELECT repeat('x', 1000000000)"));
    run();
    const std::string row =
        message('D', std::string("\0\x01", 2) + int32_text(60'000) + std::string(60'000, 'x'));
    std::string sent;
    std::string unsent = row;
    // Until neither the relay nor the kernel takes more.
    for (int stalled = 0; stalled < 3;) {
        const std::size_t count = server_.write(unsent);
        sent += unsent.substr(0, count);
        unsent.erase(0, count);
        if (unsent.empty()) unsent = row;
        stalled = count == 0 ? stalled + 1 : 0;
        run();
    }
    const std::size_t in_process =
        thread_.counters.bytes_from_server.value() + 0 - thread_.counters.bytes_to_client.value();
    EXPECT_EQ(in_process, 0U);  // every byte read is in the client's socket or queue
    // Two kernel buffers, the queue and one read: nothing that grows with what the server has.
    EXPECT_LT(sent.size(), 4U << 20);

    std::string got;
    while (got.size() < sent.size()) {
        const std::string part = client_.read();
        got += part;
        run();
        ASSERT_TRUE(!part.empty() || got.size() == sent.size()) << "stuck at " << got.size();
    }
    EXPECT_EQ(got, sent);
    // And it takes more again.
    EXPECT_GT(server_.write(unsent), 0U);
    run();
    EXPECT_FALSE(client_.read().empty());
}

TEST_F(relay_test, half_closed_client_still_gets_its_answer) {
    log_in();
    client_.write(query("SELECT 1"));
    client_.finish_writing();
    run();
    EXPECT_EQ(server_.read(), query("SELECT 1"));
    EXPECT_TRUE(server_.at_end);  // the end is passed on, after the query
    const std::string answer = message('C', std::string("SELECT 1\0", 9)) + ready_idle;
    server_.write(answer);
    server_.close();
    run();
    EXPECT_EQ(client_.read(), answer);
    EXPECT_TRUE(client_.at_end);
    EXPECT_EQ(ends_, 1);
}

TEST_F(relay_test, last_words_of_the_server_arrive) {
    log_in();
    const std::string fatal = message('E', std::string("SFATAL\0VFATAL\0C57P01\0Mbye\0\0", 27));
    server_.write(fatal);
    server_.close();
    run();
    EXPECT_EQ(client_.read(), fatal);
    EXPECT_TRUE(client_.at_end);
    EXPECT_EQ(ends_, 1);
}

TEST_F(relay_test, client_that_resets_ends_both) {
    log_in();
    client_.write(query("SELECT 1"));
    run();
    client_.close();
    server_.write(ready_idle);
    run();
    server_.read();
    EXPECT_TRUE(server_.at_end);
}

TEST_F(relay_test, drain_ends_an_idle_session_at_once) {
    log_in();
    relay_->end_when_idle();
    run();
    const std::string answer = client_.read();
    EXPECT_NE(answer.find("C57P01"), std::string::npos);
    EXPECT_TRUE(client_.at_end);
    EXPECT_EQ(server_.read(), terminate);
    EXPECT_TRUE(server_.at_end);
    EXPECT_EQ(ends_, 1);
}

TEST_F(relay_test, drain_waits_for_the_end_of_the_transaction) {
    log_in();
    client_.write(query("BEGIN"));
    run();
    server_.write(message('C', std::string("BEGIN\0", 6)) + ready_in_transaction);
    run();
    client_.read();
    relay_->end_when_idle();
    run();
    EXPECT_EQ(client_.read(), "");
    EXPECT_EQ(ends_, 0);
    client_.write(query("COMMIT"));
    run();
    const std::string committed = message('C', std::string("COMMIT\0", 7)) + ready_idle;
    server_.write(committed);
    run();
    const std::string answer = client_.read();
    EXPECT_TRUE(answer.starts_with(committed));
    EXPECT_NE(answer.find("C57P01"), std::string::npos);
    EXPECT_EQ(ends_, 1);
}

TEST_F(relay_test, end_now_does_not_wait) {
    log_in();
    client_.write(query("SELECT pg_sleep(3600)"));
    run();
    relay_->end_now();
    run();
    EXPECT_NE(client_.read().find("C57P01"), std::string::npos);
    EXPECT_TRUE(client_.at_end);
    server_.read();
    EXPECT_TRUE(server_.at_end);
    EXPECT_EQ(ends_, 1);
}

TEST_F(relay_test, nothing_is_held_after_the_end) {
    log_in();
    const std::weak_ptr<relay> watched = relay_;
    relay_->end_now();
    relay_.reset();
    run();
    EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace pgfold::net
