#include "proxy/net/name_lookup.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

namespace pgfold::net {
namespace {

struct free_addresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

lookup_result look_up(const std::string& name, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    lookup_result result;
    const int status = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (status != 0) {
        result.error = status == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(status);
        return result;
    }
    const std::unique_ptr<addrinfo, free_addresses> list(found);
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        looked_up_address& address = result.addresses.emplace_back();
        std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
        address.length = entry->ai_addrlen;
    }
    if (result.addresses.empty()) result.error = ::gai_strerror(EAI_NONAME);
    return result;
}

}  // namespace

struct name_lookup::implementation {
    struct question {
        std::string name;
        std::uint16_t port;
        std::function<void(const lookup_result&)> tell;
    };

    void run();

    std::mutex mutex;
    std::condition_variable wake;
    std::vector<question> waiting;
    bool stopping = false;
    std::thread thread;  // started by the first question
};

void name_lookup::implementation::run() {
    std::unique_lock lock(mutex);
    for (;;) {
        wake.wait(lock, [&] { return stopping || !waiting.empty(); });
        if (stopping) return;
        const std::string name = waiting.front().name;
        const std::uint16_t port = waiting.front().port;
        lock.unlock();
        const lookup_result result = look_up(name, port);
        lock.lock();
        const auto others = std::stable_partition(
            waiting.begin(), waiting.end(),
            [&](const question& one) { return one.name != name || one.port != port; });
        std::vector<question> answered(std::make_move_iterator(others),
                                       std::make_move_iterator(waiting.end()));
        waiting.erase(others, waiting.end());
        lock.unlock();
        for (const question& one : answered)
            one.tell(result);
        answered.clear();
        lock.lock();
    }
}

name_lookup::name_lookup() : implementation_(std::make_unique<implementation>()) {}

name_lookup::~name_lookup() {
    {
        const std::lock_guard lock(implementation_->mutex);
        implementation_->stopping = true;
    }
    implementation_->wake.notify_all();
    if (implementation_->thread.joinable()) implementation_->thread.join();
}

void name_lookup::find(std::string name, std::uint16_t port,
                       std::function<void(const lookup_result&)> callback) {
    {
        const std::lock_guard lock(implementation_->mutex);
        implementation_->waiting.push_back({std::move(name), port, std::move(callback)});
        if (!implementation_->thread.joinable()) {
            implementation_->thread = std::thread([this] { implementation_->run(); });
        }
    }
    implementation_->wake.notify_one();
}

}  // namespace pgfold::net
