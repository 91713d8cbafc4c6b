#include "proxy/net/worker.hpp"

#include <pthread.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <exception>
#include <string>
#include <utility>

#include "proxy/net/clock.hpp"
#include "proxy/net/connection.hpp"
#include "proxy/net/log.hpp"
#include "proxy/net/socket_options.hpp"

namespace pgfold::net {

namespace {
constexpr std::chrono::seconds tick_interval{1};
}

// UNSAFE_IO: only the worker's own thread touches its sockets, so the reactor needs no locks.
// Posting to it from other threads stays safe.
worker::worker(shared_state& shared, unsigned number)
    : shared_(shared),
      number_(number),
      resources_(shared.templates),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      tick_(context_) {}

worker::~worker() {
    stop();
    const auto left = connections_;
    for (const auto& one : left)
        one->end_now();
    connections_.clear();
}

void worker::start() {
    thread_ = std::thread([this] { run(); });
}

void worker::run() {
    const std::string name = "pgfold-" + std::to_string(number_);
    ::pthread_setname_np(::pthread_self(), name.c_str());
    const auto stay = asio::make_work_guard(context_);
    schedule_tick();
    for (;;) {
        try {
            context_.run();
            return;
        } catch (const std::exception& error) {
            log::error(std::string("unexpected: ") + error.what());
        }
    }
}

void worker::stop() {
    if (!thread_.joinable()) return;
    context_.stop();
    thread_.join();
}

void worker::schedule_tick() {
    tick_.expires_after(tick_interval);
    tick_.async_wait([this](error_code failure) {
        if (failure) return;
        const detect::timestamp at = now();
        for (const auto& one : connections_)
            one->tick(at);
        schedule_tick();
    });
}

void worker::adopt(int descriptor, client_peer peer) {
    count_.fetch_add(1, std::memory_order_relaxed);
    asio::post(context_, [this, descriptor, who = std::move(peer)]() mutable {
        const int family = who.is_unix()                             ? AF_UNIX
                           : who.host.find(':') == std::string::npos ? AF_INET
                                                                     : AF_INET6;
        stream_socket socket(executor());
        error_code failure;
        socket.assign(asio::generic::stream_protocol(family, 0), descriptor, failure);
        if (failure) {
            ::close(descriptor);
            count_.fetch_sub(1, std::memory_order_relaxed);
            return;
        }
        socket.native_non_blocking(true, failure);
        set_client_socket_options(descriptor, who.is_unix());
        auto added = std::make_shared<connection>(*this, stream(std::move(socket)), std::move(who));
        added->position = connections_.size();
        connections_.push_back(added);
        added->start();
        if (shared_.draining) added->end_when_idle();
    });
}

void worker::remove(connection& ended) {
    const std::size_t position = ended.position;
    assert(position < connections_.size() && connections_[position].get() == &ended);
    std::swap(connections_[position], connections_.back());
    connections_[position]->position = position;
    connections_.pop_back();
    count_.fetch_sub(1, std::memory_order_relaxed);
}

template <typename Visit>
void worker::for_each_connection(Visit visit) {
    asio::post(context_, [this, visit] {
        const auto all = connections_;  // ending one takes it out of the list
        for (const auto& one : all)
            visit(*one);
    });
}

void worker::end_connections_when_idle() {
    for_each_connection([](connection& one) { one.end_when_idle(); });
}

void worker::end_connections_now() {
    for_each_connection([](connection& one) { one.end_now(); });
}

void worker::add_snapshots(std::function<void(std::vector<admin::connection_snapshot>)> receive) {
    asio::post(context_, [this, tell = std::move(receive)] {
        std::vector<admin::connection_snapshot> snapshots;
        snapshots.reserve(connections_.size());
        for (const auto& one : connections_)
            snapshots.push_back(one->snapshot());
        tell(std::move(snapshots));
    });
}

}  // namespace pgfold::net
