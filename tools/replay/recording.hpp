// The conversations of captures, as they are to be played again: what the client sent, when, and
// what it had waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/captures/capture_replayer.hpp"
#include "tools/replay/answer_log.hpp"

namespace pgfold::replay {

struct recorded_step {
    timestamp at;
    std::uint32_t ready_seen = 0;  // ReadyForQuery messages that the client had got …
    bool copy_seen = false;        // … and, since the last, one that asks for COPY data
    std::vector<std::byte> bytes;  // whole messages
};

struct recorded_conversation {
    std::string name;  // "10.0.0.1:5123 -> 10.0.0.2:5432"
    std::vector<std::pair<std::string, std::string>> startup;
    timestamp began, ended;
    std::vector<recorded_step> steps;
    std::vector<answer> answers;
};

struct recording {
    std::vector<std::unique_ptr<recorded_conversation>> conversations;  // in order of their start
    std::vector<std::string> notes;  // what was left out, and why
    timestamp first_at, last_at;
    std::uint64_t bytes = 0;  // that clients sent
    bool readable = false;    // any of the files
    bool damaged = false;     // one of them was cut or corrupt
};

[[nodiscard]] recording load_recording(const std::vector<std::string>& files, std::uint16_t port);

}  // namespace pgfold::replay
