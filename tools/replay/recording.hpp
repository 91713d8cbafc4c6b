// The conversations of captures, as they are to be played again: what the client sent, when, and
// what it had waited for. Memory depends on the number of conversations, not on their length: what
// was said is in a temporary file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/captures/capture_replayer.hpp"
#include "tools/replay/answer_log.hpp"
#include "tools/replay/recorded_steps.hpp"

namespace pgfold::replay {

struct recorded_conversation {
    std::string name;  // "10.0.0.1:5123 -> 10.0.0.2:5432"
    std::vector<std::pair<std::string, std::string>> startup;
    timestamp began, ended;
    recorded_steps steps;
    answer_store answers;
};

struct recording {
    std::shared_ptr<replay_storage> storage = std::make_shared<replay_storage>();
    std::vector<std::unique_ptr<recorded_conversation>> conversations;  // in order of their start
    std::vector<std::string> notes;  // what was left out, and why
    timestamp first_at, last_at;
    std::uint64_t bytes = 0;  // that clients sent
    bool readable = false;    // any of the files
    bool damaged = false;     // one of them was cut or corrupt
};

[[nodiscard]] recording load_recording(const std::vector<std::string>& files, std::uint16_t port);

}  // namespace pgfold::replay
