#include "proxy/alerts/receiver_worker.hpp"

#include <pthread.h>

#include <csignal>
#include <utility>

#include "proxy/alerts/transport.hpp"

namespace pgfold::alerts {

receiver_worker::receiver_worker(config::notify_receiver to, logger warn)
    : to_(std::move(to)), warn_(std::move(warn)) {
    status_.name = to_.name;
    status_.kind = !to_.email.empty() ? "email" : !to_.slack.empty() ? "slack" : "webhook";
    status_.switched_on = is_switched_on(to_);
    schedule_.set_group_wait(to_.group_wait);
    if (!status_.switched_on) return;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the threads that wait for them
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

receiver_worker::~receiver_worker() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void receiver_worker::add(const alert_event& event) {
    if (!status_.switched_on) return;
    {
        const std::lock_guard lock(mutex_);
        schedule_.add(event, std::chrono::system_clock::now());
    }
    wake_.notify_all();
}

receiver_status receiver_worker::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void receiver_worker::run() {
    pthread_setname_np(pthread_self(), "pgfold-notify");
    std::unique_lock lock(mutex_);
    while (!stop_) {
        const auto due = schedule_.due();
        if (!due) {
            wake_.wait(lock);
            continue;
        }
        const auto events = schedule_.take(std::chrono::system_clock::now());
        if (events.empty()) {
            wake_.wait_until(lock, *due);
            continue;
        }
        lock.unlock();
        const std::string error = deliver(to_, events, false, stop_);
        lock.lock();
        if (stop_) break;
        const bool first_error = !error.empty() && status_.last_error.empty();
        status_.last_error = error;
        ++(error.empty() ? status_.delivered : status_.failed);
        const bool goes_on = schedule_.delivered(error.empty(), std::chrono::system_clock::now());
        if (first_error) warn_("cannot notify " + to_.name + ", trying again: " + error);
        if (!goes_on) warn_("giving up to notify " + to_.name + ": " + error);
    }
}

}  // namespace pgfold::alerts
