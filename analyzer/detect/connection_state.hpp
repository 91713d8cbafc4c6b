// What the parts of one connection's detector share: who talks, and where the conversation stands.
#pragma once

#include <cstdint>
#include <memory>

#include "analyzer/detect/detector.hpp"

namespace pgfold::detect {

// A transaction, or outside one what is asked without an idle gap.
struct detection_window {
    std::uint32_t id = 1;
    bool transaction = false;
};

struct connection_state {
    session_identity who;
    std::shared_ptr<const detector_settings> settings;  // never null
    detection_window window;
    timestamp now{};
    std::uint64_t event = 0;    // events are numbered: a row is visible to the requests after it
    std::uint64_t request = 0;  // hash of the request's trace tag; 0 without
};

}  // namespace pgfold::detect
