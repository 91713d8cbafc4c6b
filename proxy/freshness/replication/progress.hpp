// Up to which moment it is known what writers elsewhere have done. Sans-I/O.
//
// The server is asked where its log ends: whatever anybody could see by the time of the question
// stands before that place, since a commit is in the log before it can be seen. Once the stream has
// passed it, everything visible at that time has been told.
//
// The place asked for is that of what has been *inserted* into the log, not of what is on disk:
// with synchronous_commit off others see a commit before it is flushed, and the stream brings what
// is flushed only. Where nothing makes the server flush, wants_flush() says so after a while:
// somebody must commit something.
//
// Flow:
//
//     on_asked(now); on_answer(end of the log)
//     while (!reached(position)) ask the server for a keepalive
//     known()
#pragma once

#include <chrono>
#include <optional>

#include "proxy/freshness/replication/wal_position.hpp"

namespace pgfold::freshness {

class stream_progress {
public:
    using time = std::chrono::steady_clock::time_point;

    void on_asked(time now) {
        asked_at_ = now;
        waits_for_.reset();
    }
    void on_answer(wal_position end_of_log, time now) {
        waits_for_ = end_of_log;
        answered_at_ = now;
    }

    // True once for each answer: the stream has come to it.
    [[nodiscard]] bool reached(wal_position position) {
        if (!waits_for_ || position < *waits_for_) return false;
        waits_for_.reset();
        known_ = asked_at_;
        return true;
    }

    [[nodiscard]] bool is_waiting() const { return waits_for_.has_value(); }
    [[nodiscard]] bool wants_flush(time now) const {
        return waits_for_ && now - answered_at_ >= patience;
    }
    [[nodiscard]] time known() const { return known_; }

private:
    // Longer than it takes a server with nothing else to do to send what it has.
    static constexpr std::chrono::milliseconds patience{60};

    time asked_at_{}, answered_at_{}, known_{};
    std::optional<wal_position> waits_for_;
};

}  // namespace pgfold::freshness
