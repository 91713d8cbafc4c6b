// Is PostgreSQL reachable? Asked with libpq's PQping on a thread of its own, since name resolution
// and connecting may block; answered from memory while the last answer is fresh.
//
// Flow: check(conninfo, done) → done is called once latest() is fresh for that upstream, at once or
// from the probe's thread. Nothing is probed while nobody asks; concurrent questions share a probe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pgfold::admin {

struct upstream_state {
    bool reachable = false;
    std::string reason;  // empty when reachable
    std::chrono::system_clock::time_point checked;
};

class upstream_probe {
public:
    upstream_probe(std::chrono::milliseconds fresh_for, std::chrono::milliseconds connect_timeout);
    // Waits for a probe that is under way, at most about its connect timeout per host.
    ~upstream_probe();

    // `conninfo` is a URL or key=value; empty: libpq's own environment.
    void check(const std::string& conninfo, std::function<void()> done);
    // The last answer, fresh or not; nothing before the first.
    [[nodiscard]] std::optional<upstream_state> latest() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::admin
