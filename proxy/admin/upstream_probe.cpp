#include "proxy/admin/upstream_probe.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace pgfold::admin {
namespace {

using clock = std::chrono::steady_clock;

upstream_state ping(const std::string& conninfo, std::chrono::milliseconds timeout) {
    // libpq takes whole seconds, and takes 1 for 2. Later keywords win over those in the string.
    const auto seconds =
        std::max<std::int64_t>(2, std::chrono::ceil<std::chrono::seconds>(timeout).count());
    const std::string connect_timeout = std::to_string(seconds);
    const std::array<const char*, 4> keywords = {"dbname", "connect_timeout",
                                                 "fallback_application_name", nullptr};
    const std::array<const char*, 4> values = {conninfo.c_str(), connect_timeout.c_str(),
                                               "pgfold readiness", nullptr};
    upstream_state state;
    switch (PQpingParams(keywords.data(), values.data(), 1)) {
        case PQPING_OK:
            state.reachable = true;
            break;
        case PQPING_REJECT:
            state.reason =
                "PostgreSQL is up but refuses connections: starting, stopping or "
                "recovering";
            break;
        case PQPING_NO_RESPONSE:
            state.reason = "no answer from PostgreSQL";
            break;
        case PQPING_NO_ATTEMPT:
            state.reason = "the upstream is not a valid connection string";
            break;
    }
    state.checked = std::chrono::system_clock::now();
    return state;
}

}  // namespace

struct upstream_probe::implementation {
    std::chrono::milliseconds fresh_for, connect_timeout;

    mutable std::mutex mutex;
    std::condition_variable wanted;
    bool stopping = false;
    std::string conninfo;  // of the newest question
    std::vector<std::function<void()>> waiting;
    std::optional<upstream_state> last;
    std::string last_conninfo;
    clock::time_point last_at;
    std::thread thread;

    bool is_fresh() const {
        return last && last_conninfo == conninfo && clock::now() - last_at < fresh_for;
    }

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            wanted.wait(lock, [this] { return stopping || !waiting.empty(); });
            if (stopping) return;
            std::string target = conninfo;
            std::vector<std::function<void()>> done = std::move(waiting);
            waiting.clear();
            lock.unlock();
            upstream_state state = ping(target, connect_timeout);
            lock.lock();
            last = std::move(state);
            last_conninfo = std::move(target);
            last_at = clock::now();
            lock.unlock();
            for (const auto& callback : done)
                callback();
            done.clear();
            lock.lock();
        }
    }
};

upstream_probe::upstream_probe(std::chrono::milliseconds fresh_for,
                               std::chrono::milliseconds connect_timeout)
    : implementation_(std::make_unique<implementation>()) {
    implementation_->fresh_for = fresh_for;
    implementation_->connect_timeout = connect_timeout;
    implementation_->thread = std::thread([state = implementation_.get()] { state->run(); });
}

upstream_probe::~upstream_probe() {
    {
        const std::lock_guard lock(implementation_->mutex);
        implementation_->stopping = true;
    }
    implementation_->wanted.notify_one();
    implementation_->thread.join();
}

void upstream_probe::check(const std::string& conninfo, std::function<void()> done) {
    {
        const std::lock_guard lock(implementation_->mutex);
        implementation_->conninfo = conninfo;
        if (!implementation_->is_fresh()) {
            implementation_->waiting.push_back(std::move(done));
            implementation_->wanted.notify_one();
            return;
        }
    }
    done();
}

std::optional<upstream_state> upstream_probe::latest() const {
    const std::lock_guard lock(implementation_->mutex);
    return implementation_->last;
}

}  // namespace pgfold::admin
