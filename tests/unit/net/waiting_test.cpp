#include "proxy/net/waiting.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "net/socket_pair.hpp"

namespace pgfold::net {
namespace {

class waiting_test : public ::testing::Test {
protected:
    task<void> wait(io_status what) {
        const bool ready = co_await wait_until_ready(pair_.inner, what, *limit_);
        ready_ = ready;
        loop_.stop();
    }
    void begin(io_status what, std::chrono::milliseconds timeout = std::chrono::hours(1)) {
        limit_.emplace(loop_, timeout);
        loop_.tasks().start(wait(what));
    }

    event_loop loop_;
    socket_pair pair_;
    std::optional<deadline> limit_;
    std::optional<bool> ready_;
};

TEST_F(waiting_test, goes_on_when_there_is_input) {
    begin(io_status::want_read);
    loop_.poll();
    EXPECT_FALSE(ready_);
    pair_.write("x");
    loop_.poll();
    EXPECT_EQ(ready_, true);
    EXPECT_TRUE(loop_.tasks().empty());
}

TEST_F(waiting_test, goes_on_when_there_is_room) {
    begin(io_status::want_write);
    loop_.poll();
    EXPECT_EQ(ready_, true);
}

TEST_F(waiting_test, ends_at_the_deadline) {
    begin(io_status::want_read, std::chrono::milliseconds(1));
    loop_.run();
    EXPECT_EQ(ready_, false);
    EXPECT_TRUE(limit_->expired());
    // … and what is awaited with it later fails at once.
    ready_.reset();
    pair_.write("x");
    loop_.tasks().start(wait(io_status::want_read));
    EXPECT_EQ(ready_, false);
}

TEST_F(waiting_test, ends_when_the_socket_is_closed_though_not_within_the_call) {
    begin(io_status::want_read);
    pair_.inner.close();
    EXPECT_FALSE(ready_);
    loop_.poll();
    EXPECT_EQ(ready_, false);
}

TEST_F(waiting_test, input_that_comes_with_the_deadline_does_not_resume_twice) {
    begin(io_status::want_read, std::chrono::milliseconds(1));
    loop_timer both(loop_, [&] { pair_.write("x"); });
    both.expire_after(std::chrono::milliseconds(1));
    loop_.run();
    EXPECT_TRUE(ready_);
    EXPECT_TRUE(loop_.tasks().empty());
    loop_.poll();
}

TEST_F(waiting_test, writes_more_than_the_socket_takes_at_once) {
    limit_.emplace(loop_, std::chrono::hours(1));
    const std::string text(4 << 20, 'x');
    std::optional<bool> written;
    const auto write = [](stream& socket, deadline& limit, const std::string& all,
                          std::optional<bool>& result) -> task<void> {
        result = co_await write_all(socket, std::as_bytes(std::span(all)), limit);
    };
    loop_.tasks().start(write(pair_.inner, *limit_, text, written));
    EXPECT_FALSE(written);
    std::string got;
    while (got.size() < text.size()) {
        const std::string part = pair_.read();
        got += part;
        loop_.poll();
        ASSERT_TRUE(!part.empty() || got.size() == text.size());
    }
    EXPECT_EQ(got, text);
    EXPECT_EQ(written, true);
}

TEST_F(waiting_test, gentle_close_lets_the_peer_read_all_and_waits_for_its_end) {
    EXPECT_EQ(pair_.write("unread"), 6U);
    const std::string last = "bye";
    EXPECT_EQ(pair_.inner.write_some(std::as_bytes(std::span(last))).bytes, 3U);
    loop_.tasks().start(close_gently(loop_, std::move(pair_.inner)));
    loop_.poll();
    EXPECT_EQ(pair_.read(), "bye");
    EXPECT_TRUE(pair_.at_end);
    EXPECT_FALSE(loop_.tasks().empty());
    EXPECT_EQ(pair_.write("more"), 4U);  // it is taken, and thrown away
    pair_.close();
    loop_.poll();
    EXPECT_TRUE(loop_.tasks().empty());
}

TEST_F(waiting_test, pieces_go_out_in_order_and_as_one) {
    const std::string a = "one ";
    const std::string b = "two ";
    const std::string c = "three";
    const std::array pieces{std::as_bytes(std::span(a)), std::as_bytes(std::span(b)),
                            std::as_bytes(std::span(c))};
    const io_result result = pair_.inner.write_some(pieces);
    EXPECT_EQ(result.status, io_status::ok);
    EXPECT_EQ(result.bytes, 13U);
    EXPECT_EQ(pair_.read(), "one two three");
}

// ---- tasks

task<int> twice(int value) {
    co_return value * 2;
}

task<int> fails() {
    throw std::runtime_error("no");
    co_return 0;
}

TEST(task_group, runs_nested_tasks_and_tells_of_the_end) {
    task_group group;
    int result = 0;
    const auto outer = [](int& out) -> task<void> {
        const int first = co_await twice(4);
        out = co_await twice(first);
    };
    bool ended = false;
    group.start(outer(result), [&](const std::exception_ptr& failure) { ended = !failure; });
    EXPECT_EQ(result, 16);
    EXPECT_TRUE(ended);
    EXPECT_TRUE(group.empty());
}

TEST(task_group, exceptions_reach_who_awaits_and_then_the_owner) {
    task_group group;
    bool caught = false;
    const auto outer = [](bool& inside) -> task<void> {
        try {
            static_cast<void>(co_await fails());
        } catch (const std::runtime_error&) {
            inside = true;
        }
        static_cast<void>(co_await fails());
    };
    bool failed = false;
    group.start(outer(caught),
                [&](const std::exception_ptr& failure) { failed = failure != nullptr; });
    EXPECT_TRUE(caught);
    EXPECT_TRUE(failed);
    EXPECT_TRUE(group.empty());
}

TEST_F(waiting_test, what_has_not_ended_goes_with_the_loop) {
    const auto held = std::make_shared<int>();
    {
        event_loop loop;
        const auto inner = [](stream& socket, deadline& limit) -> task<bool> {
            co_return co_await wait_until_ready(socket, io_status::want_read, limit);
        };
        const auto outer = [](auto wait, event_loop& on, stream& socket,
                              std::shared_ptr<int> /*kept*/) -> task<void> {
            deadline limit(on, std::chrono::hours(1));
            static_cast<void>(co_await wait(socket, limit));
            ADD_FAILURE() << "there was no input";
        };
        loop.tasks().start(outer(inner, loop, pair_.inner, held));
        loop.poll();
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1);
    pair_.inner.close();
}

}  // namespace
}  // namespace pgfold::net
