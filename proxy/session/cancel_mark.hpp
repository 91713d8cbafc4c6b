// When a CancelRequest for a session was last passed on. It comes on another connection, on any
// thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::session {

class cancel_mark {
public:
    // Before the server can hear of it.
    void set(detect::timestamp now) {
        at_.store(now.time_since_epoch().count(), std::memory_order_release);
    }
    [[nodiscard]] bool is_since(detect::timestamp t) const {
        return at_.load(std::memory_order_acquire) >= t.time_since_epoch().count();
    }

private:
    std::atomic<std::int64_t> at_{0};  // ns since the epoch
};

}  // namespace pgfold::session
