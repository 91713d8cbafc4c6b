// Follows one database for as long as somebody reads it: a thread that begins when it is asked to,
// and begins again when the stream has ended.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "proxy/net/replication/stream_session.hpp"

namespace pgfold::net {

class stream_follower {
public:
    // `settings` is asked before each attempt, so that a reload is followed.
    stream_follower(std::shared_ptr<freshness::database_versions> database,
                    std::function<stream_settings()> settings);
    ~stream_follower();
    stream_follower(const stream_follower&) = delete;
    stream_follower& operator=(const stream_follower&) = delete;

    void wake();  // somebody reads it; from any thread

    [[nodiscard]] const freshness::database_versions& database() const { return *database_; }

private:
    using clock = std::chrono::steady_clock;

    void run();
    void attempt();
    void on_failure(const connection_failure& failure, bool refused, bool was_open);
    void pause(clock::duration how_long) const;

    const std::shared_ptr<freshness::database_versions> database_;
    const std::function<stream_settings()> settings_;
    const wake_up wake_;
    std::atomic<bool> stopping_{false};
    std::string last_failure_;      // what the log has said
    clock::duration next_pause_{};  // before the next attempt
    bool has_been_open_ = false;
    std::thread thread_;
};

}  // namespace pgfold::net
