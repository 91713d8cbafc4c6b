// The event loop of a data thread: sockets, timers, and functions that other threads post.
//
// A descriptor is registered with epoll once, level-triggered, and stays so while it lives: a
// query costs no system call but the wait, the reads and the writes. (A loop that arms each wait
// anew, as Asio's does, needs an epoll_ctl for each.)
//
// Flow:
//
//     class my_socket final : public descriptor_watch {
//         void on_events(std::uint32_t events) override;   // EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP
//     };
//     socket.watch(fd, EPOLLIN);
//     loop.run();               // until stop()
//
// All but post() and stop() is for the thread that runs it. An event is delivered from the loop
// only, never from within a call, and never to a watch that is gone.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <sys/epoll.h>

#include "proxy/net/task.hpp"

namespace pgfold::net {

class event_loop;
class mailbox;

// What is told about one descriptor. Stays in place as long as it lives.
class descriptor_watch {
public:
    explicit descriptor_watch(event_loop& loop) : loop_(loop) {}
    descriptor_watch(const descriptor_watch&) = delete;
    descriptor_watch& operator=(const descriptor_watch&) = delete;

    // From now on these events, besides EPOLLERR and EPOLLHUP, which always come; none of them:
    // not even those. False when the kernel refuses. Costs nothing where nothing changes.
    [[nodiscard]] bool watch(int descriptor, std::uint32_t events) {
        return events == watched_ || change(descriptor, events);
    }
    // Before the descriptor is closed.
    void stop_watching();
    // on_events(EPOLLIN) at the next turn, whatever the kernel says: for input that it cannot see.
    void call_again();

    [[nodiscard]] event_loop& loop() const { return loop_; }

protected:
    virtual ~descriptor_watch();

private:
    friend class event_loop;
    virtual void on_events(std::uint32_t events) = 0;
    [[nodiscard]] bool change(int descriptor, std::uint32_t events);

    event_loop& loop_;
    int descriptor_ = -1;
    std::uint32_t watched_ = 0;
    bool again_ = false;
};

class event_loop {
public:
    using function = std::function<void()>;

    event_loop();  // throws std::system_error where the process has no descriptors left
    ~event_loop();
    event_loop(const event_loop&) = delete;
    event_loop& operator=(const event_loop&) = delete;

    // Until stop(). What a callback throws comes out here; the loop can be run again.
    void run();
    // What is ready, and what follows from it, without waiting.
    void poll();

    // From any thread.
    void post(function call);
    void stop();
    // What posts here and may outlive the loop: functions are then dropped.
    [[nodiscard]] const std::shared_ptr<mailbox>& mail() const { return mail_; }

    // Once what runs now has returned.
    void defer(function call) { deferred_.push_back(std::move(call)); }
    void run_deferred();

    [[nodiscard]] task_group& tasks() { return tasks_; }

private:
    friend class descriptor_watch;
    friend class loop_timer;
    class inbox;
    class alarm;
    using timer_map = std::multimap<std::chrono::steady_clock::time_point, class loop_timer*>;

    std::size_t turn(bool wait);
    void forget(descriptor_watch& gone);
    void set_alarm();
    void run_timers();

    static constexpr std::size_t events_per_turn_max = 128;
    int epoll_ = -1;
    bool stopped_ = false;
    std::array<epoll_event, events_per_turn_max> events_{};
    std::size_t next_event_ = 0;
    std::size_t event_count_ = 0;
    std::vector<descriptor_watch*> again_;
    std::vector<descriptor_watch*> again_now_;
    std::vector<function> deferred_;
    std::size_t next_deferred_ = 0;
    timer_map timers_;
    std::chrono::steady_clock::time_point alarm_at_{};
    std::shared_ptr<mailbox> mail_;
    std::unique_ptr<inbox> inbox_;
    std::unique_ptr<alarm> alarm_;
    task_group tasks_;
};

// A place to post to from any thread, as long as anybody holds it.
class mailbox {
public:
    mailbox();
    ~mailbox();
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;

    void post(event_loop::function call);

private:
    friend class event_loop;
    struct contents;
    std::unique_ptr<contents> contents_;
};

// Calls once, some time from now. Setting it anew, or destroying it, takes the earlier time back.
class loop_timer {
public:
    loop_timer(event_loop& loop, event_loop::function call) : loop_(loop), call_(std::move(call)) {}
    ~loop_timer() { cancel(); }
    loop_timer(const loop_timer&) = delete;
    loop_timer& operator=(const loop_timer&) = delete;

    void expire_after(std::chrono::nanoseconds after);
    void cancel();

private:
    friend class event_loop;
    event_loop& loop_;
    event_loop::function call_;
    event_loop::timer_map::iterator at_;
    bool set_ = false;
};

}  // namespace pgfold::net
