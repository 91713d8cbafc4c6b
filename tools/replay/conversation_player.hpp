// Plays one recorded conversation: the client's messages as they were, each once what the client
// had waited for has come, and not before its time.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "tools/replay/recording.hpp"

namespace pgfold::replay {

struct play_options {
    std::string conninfo;
    double speed = 1;                                  // 0: no pauses
    std::chrono::steady_clock::time_point started_at;  // stands for …
    timestamp recorded_at;                             // … this time of the recording
    std::chrono::milliseconds patience{60'000};        // without a byte from the server
    std::function<void(std::size_t bytes)> on_sent;    // any thread
};

// When a moment of the recording is due.
[[nodiscard]] std::chrono::steady_clock::time_point due_at(const play_options& options,
                                                           timestamp recorded);

struct played {
    answer_store answers;
    std::string problem;  // why it was not played to its end; empty: it was
};

[[nodiscard]] played play(const recorded_conversation& conversation,
                          const std::shared_ptr<replay_storage>& storage,
                          const play_options& options);

}  // namespace pgfold::replay
