#include "proxy/net/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pgfold::net {
namespace {

using std::chrono::milliseconds;

// One end of a socket pair, watched; the test writes at the other.
class watched_socket final : public descriptor_watch {
public:
    explicit watched_socket(event_loop& loop) : descriptor_watch(loop) {
        EXPECT_EQ(
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_.data()), 0);
    }
    ~watched_socket() override {
        stop_watching();
        for (const int end : ends_)
            if (end >= 0) ::close(end);
    }
    [[nodiscard]] bool want(std::uint32_t events) { return watch(ends_[0], events); }
    void write() const { EXPECT_EQ(::send(ends_[1], "x", 1, MSG_NOSIGNAL), 1); }
    void close_other() { ::close(std::exchange(ends_[1], -1)); }

    std::function<void()> act = [] {};
    std::uint32_t last = 0;
    int calls = 0;

private:
    void on_events(std::uint32_t events) override {
        last = events;
        ++calls;
        char byte = 0;
        if ((events & EPOLLIN) != 0) static_cast<void>(!::recv(ends_[0], &byte, 1, 0));
        const auto held = act;  // it may destroy this
        held();
    }
    std::array<int, 2> ends_{-1, -1};
};

TEST(event_loop, tells_of_events_as_long_as_they_are_wanted) {
    event_loop loop;
    watched_socket socket(loop);
    ASSERT_TRUE(socket.want(EPOLLIN));
    loop.poll();
    EXPECT_EQ(socket.calls, 0);
    socket.write();
    socket.write();
    loop.poll();
    EXPECT_EQ(socket.calls, 2);  // level-triggered: the second byte, too
    ASSERT_TRUE(socket.want(0));
    socket.write();
    loop.poll();
    EXPECT_EQ(socket.calls, 2);
    ASSERT_TRUE(socket.want(EPOLLIN));
    loop.poll();
    EXPECT_EQ(socket.calls, 3);
}

// A paused socket whose peer is gone must not make the loop spin.
TEST(event_loop, hang_ups_are_not_told_to_who_wants_nothing) {
    event_loop loop;
    watched_socket socket(loop);
    ASSERT_TRUE(socket.want(EPOLLIN));
    ASSERT_TRUE(socket.want(0));
    socket.close_other();
    loop.poll();
    EXPECT_EQ(socket.calls, 0);
}

TEST(event_loop, says_when_a_descriptor_cannot_be_watched) {
    event_loop loop;
    class nothing final : public descriptor_watch {
    public:
        using descriptor_watch::descriptor_watch;
        void on_events(std::uint32_t /*events*/) override {}
    } no_socket(loop);
    EXPECT_FALSE(no_socket.watch(-1, EPOLLIN));
}

TEST(event_loop, who_is_destroyed_by_an_earlier_event_hears_nothing) {
    event_loop loop;
    std::array<std::unique_ptr<watched_socket>, 2> sockets;
    int calls = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        sockets[i] = std::make_unique<watched_socket>(loop);
        ASSERT_TRUE(sockets[i]->want(EPOLLIN));
        sockets[i]->write();
        sockets[i]->act = [&, i] {
            ++calls;
            sockets[1 - i].reset();
        };
    }
    loop.poll();  // both are ready in the same turn
    EXPECT_EQ(calls, 1);
}

TEST(event_loop, calls_again_without_an_event_once) {
    event_loop loop;
    watched_socket socket(loop);
    socket.call_again();
    socket.call_again();
    loop.poll();
    EXPECT_EQ(socket.calls, 1);
    EXPECT_EQ(socket.last, static_cast<std::uint32_t>(EPOLLIN));
    {
        watched_socket gone(loop);
        gone.call_again();
    }
    loop.poll();
}

// One that has always more must not keep the others from their turn.
TEST(event_loop, who_is_called_again_does_not_keep_others_waiting) {
    event_loop loop;
    watched_socket busy(loop);
    watched_socket other(loop);
    ASSERT_TRUE(other.want(EPOLLIN));
    other.act = [&] { busy.act = [] {}; };
    busy.act = [&] {
        if (busy.calls == 1) other.write();
        ASSERT_LT(busy.calls, 100);
        busy.call_again();
    };
    busy.call_again();
    loop.poll();
    EXPECT_EQ(other.calls, 1);
}

TEST(event_loop, deferred_functions_run_after_the_event_in_order) {
    event_loop loop;
    watched_socket socket(loop);
    std::string order;
    socket.act = [&] {
        loop.defer([&] {
            order += 'b';
            loop.defer([&] { order += 'd'; });
        });
        loop.defer([&] { order += 'c'; });
        order += 'a';
    };
    socket.call_again();
    loop.poll();
    EXPECT_EQ(order, "abcd");
}

TEST(event_loop, an_exception_costs_nobody_else_their_turn) {
    event_loop loop;
    std::array<std::unique_ptr<watched_socket>, 3> sockets;
    int calls = 0;
    for (auto& socket : sockets) {
        socket = std::make_unique<watched_socket>(loop);
        ASSERT_TRUE(socket->want(EPOLLIN));
        socket->write();
        socket->act = [&] {
            ++calls;
            throw std::runtime_error("one");
        };
    }
    loop.defer([&] { ++calls; });
    for (int i = 0; i < 3; ++i)
        EXPECT_THROW(loop.poll(), std::runtime_error);
    loop.poll();
    EXPECT_EQ(calls, 4);
}

TEST(event_loop, runs_what_other_threads_post_and_stops_when_told) {
    event_loop loop;
    int sum = 0;
    std::thread other([&] {
        for (int i = 1; i <= 1000; ++i)
            loop.post([&sum, i] { sum += i; });
        loop.stop();
    });
    loop.run();
    other.join();
    EXPECT_EQ(sum, 500'500);
}

TEST(event_loop, what_is_posted_to_a_loop_that_is_gone_is_dropped) {
    std::shared_ptr<mailbox> mail;
    const auto held = std::make_shared<int>();
    {
        event_loop loop;
        mail = loop.mail();
        mail->post([held] { ADD_FAILURE() << "nobody ran the loop"; });
    }
    EXPECT_EQ(held.use_count(), 1);
    mail->post([held] { ADD_FAILURE() << "the loop is gone"; });
    EXPECT_EQ(held.use_count(), 1);
}

TEST(event_loop, timers_expire_in_order_and_can_be_taken_back) {
    event_loop loop;
    std::string order;
    loop_timer late(loop, [&] {
        order += 'l';
        loop.stop();
    });
    loop_timer early(loop, [&] { order += 'e'; });
    loop_timer never(loop, [&] { order += 'n'; });
    late.expire_after(milliseconds(3));
    never.expire_after(milliseconds(1));
    early.expire_after(milliseconds(2));
    never.cancel();
    loop.run();
    EXPECT_EQ(order, "el");
}

TEST(event_loop, a_timer_may_set_itself_anew_or_be_destroyed_when_it_expires) {
    event_loop loop;
    int calls = 0;
    auto timer = std::unique_ptr<loop_timer>();
    timer = std::make_unique<loop_timer>(loop, [&] {
        if (++calls < 3) {
            timer->expire_after(milliseconds(1));
        } else {
            timer.reset();
            loop.stop();
        }
    });
    timer->expire_after(milliseconds(1));
    loop.run();
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(timer, nullptr);
}

TEST(event_loop, a_timer_that_throws_does_not_stop_the_others) {
    event_loop loop;
    loop_timer bad(loop, [] { throw std::runtime_error("timer"); });
    loop_timer good(loop, [&] { loop.stop(); });
    bad.expire_after(milliseconds(1));
    good.expire_after(milliseconds(2));
    EXPECT_THROW(loop.run(), std::runtime_error);
    loop.run();
}

}  // namespace
}  // namespace pgfold::net
