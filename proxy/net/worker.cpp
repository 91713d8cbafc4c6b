#include "proxy/net/worker.hpp"

#include <pthread.h>

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

worker::worker(shared_state& shared, unsigned number)
    : shared_(shared),
      number_(number),
      resources_(shared.templates),
      tick_(loop_, [this] { tick(); }) {}

worker::~worker() {
    stop();
    const auto left = connections_;
    for (const auto& one : left)
        one->end_now();
    loop_.run_deferred();
    connections_.clear();
}

void worker::start() {
    thread_ = std::thread([this] { run(); });
}

void worker::run() {
    const std::string name = "pgfold-" + std::to_string(number_);
    ::pthread_setname_np(::pthread_self(), name.c_str());
    tick_.expire_after(tick_interval);
    for (;;) {
        try {
            loop_.run();
            return;
        } catch (const std::exception& error) {
            log::error(std::string("unexpected: ") + error.what());
        }
    }
}

void worker::stop() {
    if (!thread_.joinable()) return;
    loop_.stop();
    thread_.join();
}

void worker::tick() {
    tick_.expire_after(tick_interval);
    const detect::timestamp at = now();
    for (const auto& one : connections_)
        one->tick(at);
    shared_.versions.unsettled().expire(at);
}

void worker::adopt(int descriptor, client_peer peer) {
    count_.fetch_add(1, std::memory_order_relaxed);
    loop_.post([this, descriptor, who = std::move(peer)]() mutable {
        stream socket(descriptor);
        set_client_socket_options(descriptor, who.is_unix());
        auto added = std::make_shared<connection>(*this, std::move(socket), std::move(who));
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
    loop_.post([this, visit] {
        const auto all = connections_;  // ending one takes it out of the list
        for (const auto& one : all)
            visit(*one);
    });
}

void worker::take_settings(const std::shared_ptr<const runtime_config>& next) {
    for_each_connection([next](connection& one) { one.take_settings(next); });
}

void worker::end_connections_when_idle() {
    for_each_connection([](connection& one) { one.end_when_idle(); });
}

void worker::end_connections_now() {
    for_each_connection([](connection& one) { one.end_now(); });
}

void worker::add_snapshots(std::function<void(std::vector<admin::connection_snapshot>)> receive) {
    loop_.post([this, tell = std::move(receive)] {
        std::vector<admin::connection_snapshot> snapshots;
        snapshots.reserve(connections_.size());
        for (const auto& one : connections_)
            snapshots.push_back(one->snapshot());
        tell(std::move(snapshots));
    });
}

}  // namespace pgfold::net
