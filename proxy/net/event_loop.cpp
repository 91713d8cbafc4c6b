#include "proxy/net/event_loop.hpp"

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <utility>

namespace pgfold::net {
namespace {

int opened(int descriptor, const char* what) {
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
    return descriptor;
}

// An eventfd or timerfd: eight bytes at most.
void empty_counter(int descriptor) {
    std::uint64_t count = 0;
    static_cast<void>(!::read(descriptor, &count, sizeof count));
}

timespec timespec_of(std::chrono::steady_clock::time_point at) {
    const auto since_boot =
        std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
    return {.tv_sec = since_boot / 1'000'000'000, .tv_nsec = since_boot % 1'000'000'000};
}

}  // namespace

// ---- watches

descriptor_watch::~descriptor_watch() {
    stop_watching();
}

bool descriptor_watch::change(int descriptor, std::uint32_t events) {
    assert(watched_ == 0 || descriptor == descriptor_);
    if (events == 0) {
        stop_watching();
        return true;
    }
    epoll_event wanted{};
    wanted.events = events;
    wanted.data.ptr = this;
    const int operation = watched_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(loop_.epoll_, operation, descriptor, &wanted) != 0) return false;
    descriptor_ = descriptor;
    watched_ = events;
    return true;
}

void descriptor_watch::stop_watching() {
    if (watched_ == 0 && !again_) return;
    loop_.forget(*this);
    again_ = false;
    if (std::exchange(watched_, 0) == 0) return;
    ::epoll_ctl(loop_.epoll_, EPOLL_CTL_DEL, descriptor_, nullptr);
}

void descriptor_watch::call_again() {
    if (std::exchange(again_, true)) return;
    loop_.again_.push_back(this);
}

// ---- what other threads post

struct mailbox::contents {
    int wake = -1;
    std::mutex mutex;
    std::vector<event_loop::function> calls;
    bool closed = false;  // the loop is gone
};

mailbox::mailbox() : contents_(std::make_unique<contents>()) {
    contents_->wake = opened(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
}

mailbox::~mailbox() {
    ::close(contents_->wake);
}

void mailbox::post(event_loop::function call) {
    const std::lock_guard lock(contents_->mutex);
    if (contents_->closed) return;
    contents_->calls.push_back(std::move(call));
    if (contents_->calls.size() > 1) return;  // the loop has been woken, and has not come yet
    const std::uint64_t one = 1;
    static_cast<void>(!::write(contents_->wake, &one, sizeof one));
}

class event_loop::inbox final : public descriptor_watch {
public:
    explicit inbox(event_loop& owner) : descriptor_watch(owner) {
        if (!watch(owner.mail_->contents_->wake, EPOLLIN))
            throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }

private:
    void on_events(std::uint32_t /*events*/) override {
        mailbox::contents& box = *loop().mail_->contents_;
        std::vector<function> calls;
        {
            const std::lock_guard lock(box.mutex);
            empty_counter(box.wake);
            calls.swap(box.calls);
        }
        for (function& call : calls)
            loop().defer(std::move(call));
    }
};

// ---- timers

class event_loop::alarm final : public descriptor_watch {
public:
    explicit alarm(event_loop& owner)
        : descriptor_watch(owner),
          timer_(opened(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
                        "timerfd_create")) {
        if (!watch(timer_, EPOLLIN))
            throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
    ~alarm() override {
        stop_watching();
        ::close(timer_);
    }
    void set(std::chrono::steady_clock::time_point at) const {
        itimerspec when{};
        when.it_value = timespec_of(at);
        ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
    }

private:
    void on_events(std::uint32_t /*events*/) override {
        empty_counter(timer_);
        loop().run_timers();
    }
    const int timer_;
};

void loop_timer::expire_after(std::chrono::nanoseconds after) {
    cancel();
    at_ = loop_.timers_.emplace(std::chrono::steady_clock::now() + after, this);
    set_ = true;
    if (at_ == loop_.timers_.begin()) loop_.set_alarm();
}

void loop_timer::cancel() {
    // The alarm stays: one that comes for nothing is rarer than a time-out that is taken back.
    if (std::exchange(set_, false)) loop_.timers_.erase(at_);
}

void event_loop::set_alarm() {
    if (timers_.empty() || timers_.begin()->first == alarm_at_) return;
    alarm_at_ = timers_.begin()->first;
    alarm_->set(alarm_at_);
}

void event_loop::run_timers() {
    struct set_again {
        event_loop& loop;
        ~set_again() { loop.set_alarm(); }
    };
    alarm_at_ = {};
    const set_again at_end{*this};
    const auto now = std::chrono::steady_clock::now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        loop_timer& due = *timers_.begin()->second;
        due.cancel();
        const function call = due.call_;  // it may destroy its timer
        call();
    }
}

// ---- the loop

event_loop::event_loop()
    : epoll_(opened(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      mail_(std::make_shared<mailbox>()),
      inbox_(std::make_unique<inbox>(*this)),
      alarm_(std::make_unique<alarm>(*this)) {}

event_loop::~event_loop() {
    std::vector<function> dropped;
    {
        const std::lock_guard lock(mail_->contents_->mutex);
        mail_->contents_->closed = true;
        dropped.swap(mail_->contents_->calls);
    }
    tasks_.clear();
    // What a dropped function held may defer something in its destructor.
    dropped.clear();
    while (!deferred_.empty())
        std::exchange(deferred_, {}).clear();
    inbox_.reset();
    alarm_.reset();
    ::close(epoll_);
}

void event_loop::post(function call) {
    mail_->post(std::move(call));
}

void event_loop::stop() {
    post([this] { stopped_ = true; });
}

void event_loop::run() {
    while (!std::exchange(stopped_, false))
        turn(true);
}

void event_loop::poll() {
    while (turn(false) > 0) {
    }
}

// The number of events and the like that it has dealt with.
std::size_t event_loop::turn(bool wait) {
    // Left over when a callback has thrown.
    run_deferred();
    const int timeout = wait && again_.empty() ? -1 : 0;
    const int count =
        ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), timeout);
    event_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    std::size_t handled = event_count_;
    // An event that is not delivered, because one before it has thrown, comes again.
    for (next_event_ = 0; next_event_ < event_count_;) {
        const epoll_event& event = events_[next_event_++];
        if (event.data.ptr == nullptr) continue;
        static_cast<descriptor_watch*>(event.data.ptr)->on_events(event.events);
        if (!deferred_.empty()) run_deferred();
    }
    event_count_ = 0;
    if (again_now_.empty()) again_now_.swap(again_);
    handled += again_now_.size();
    while (!again_now_.empty()) {
        descriptor_watch* const next = again_now_.back();
        again_now_.pop_back();
        next->again_ = false;
        next->on_events(EPOLLIN);
        if (!deferred_.empty()) run_deferred();
    }
    return handled;
}

void event_loop::run_deferred() {
    while (next_deferred_ < deferred_.size()) {
        const function call = std::move(deferred_[next_deferred_++]);
        call();  // the rest waits for the next turn if this throws
    }
    deferred_.clear();
    next_deferred_ = 0;
}

void event_loop::forget(descriptor_watch& gone) {
    for (std::size_t i = next_event_; i < event_count_; ++i)
        if (events_[i].data.ptr == &gone) events_[i].data.ptr = nullptr;
    if (!gone.again_) return;
    std::erase(again_, &gone);
    std::erase(again_now_, &gone);
}

}  // namespace pgfold::net
