#include "proxy/net/server_selector.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "proxy/net/libpq_parameters.hpp"

namespace pgfold::net {
namespace {

constexpr std::chrono::milliseconds found_holds{2000};
constexpr std::chrono::milliseconds failure_holds{250};

struct close_connection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};

upstream_host host_of(PGconn* connection) {
    upstream_host host;
    host.host = PQhost(connection);
    const char* address = PQhostaddr(connection);
    if (address != nullptr && !host.host.starts_with('/')) host.hostaddr = address;
    const std::string_view port = PQport(connection);
    std::from_chars(port.data(), port.data() + port.size(), host.port);
    return host;
}

selection probe(upstream_options options) {
    if (options.random_order) {
        thread_local std::minstd_rand random{std::random_device{}()};
        std::shuffle(options.hosts.begin(), options.hosts.end(), random);
    }
    const auto timeout_s =
        std::chrono::duration_cast<std::chrono::seconds>(options.connect_timeout).count();
    libpq_parameters parameters(options);
    parameters.set_hosts(options.hosts);
    parameters.set("connect_timeout", std::to_string(std::max<long>(timeout_s, 2)));
    const auto [names, values] = parameters.get();

    selection result;
    const std::unique_ptr<PGconn, close_connection> connection(
        PQconnectdbParams(names.data(), values.data(), 0));
    if (PQstatus(connection.get()) == CONNECTION_OK) {
        result.found = true;
        result.host = host_of(connection.get());
        return result;
    }
    result.error = PQerrorMessage(connection.get());
    while (!result.error.empty() && result.error.back() == '\n')
        result.error.pop_back();
    if (PQconnectionNeedsPassword(connection.get()) != 0) {
        result.error +=
            " (target_session_attrs is probed with the user and password of the "
            "upstream URL)";
    }
    return result;
}

}  // namespace

struct server_selector::implementation {
    using clock = std::chrono::steady_clock;
    using callback = std::function<void(const selection&)>;

    explicit implementation(upstream_options from) : options(std::move(from)) {}

    void run();

    const upstream_options options;
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<callback> waiting;
    selection last;
    clock::time_point holds_until{};
    bool stopping = false;
    std::thread thread;  // started by the first question
};

void server_selector::implementation::run() {
    std::unique_lock lock(mutex);
    for (;;) {
        wake.wait(lock, [&] { return stopping || !waiting.empty(); });
        if (stopping && waiting.empty()) return;
        const bool ask = !stopping;
        lock.unlock();
        selection answer;
        if (ask) {
            answer = probe(options);
        } else {
            answer.error = "shutting down";
        }
        lock.lock();
        last = answer;
        holds_until = clock::now() + (answer.found ? found_holds : failure_holds);
        const std::vector<callback> answered = std::exchange(waiting, {});
        lock.unlock();
        for (const callback& tell : answered)
            tell(answer);
        lock.lock();
    }
}

server_selector::server_selector(upstream_options options)
    : implementation_(std::make_unique<implementation>(std::move(options))) {}

server_selector::~server_selector() {
    {
        const std::lock_guard lock(implementation_->mutex);
        implementation_->stopping = true;
    }
    implementation_->wake.notify_all();
    if (implementation_->thread.joinable()) implementation_->thread.join();
}

void server_selector::select(std::function<void(const selection&)> callback) {
    std::unique_lock lock(implementation_->mutex);
    if (implementation::clock::now() < implementation_->holds_until) {
        const selection known = implementation_->last;
        lock.unlock();
        callback(known);
        return;
    }
    implementation_->waiting.push_back(std::move(callback));
    if (!implementation_->thread.joinable()) {
        implementation_->thread = std::thread([this] { implementation_->run(); });
    }
    lock.unlock();
    implementation_->wake.notify_one();
}

void server_selector::invalidate() {
    const std::lock_guard lock(implementation_->mutex);
    implementation_->holds_until = {};
}

}  // namespace pgfold::net
