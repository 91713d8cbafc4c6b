// Calls per second of each statement, from one snapshot to the next.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>

#include "tools/top/snapshot.hpp"

namespace pgfold::top {

class rate_meter {
public:
    using clock = std::chrono::steady_clock;

    // Fills in calls_per_s of the statements that the snapshot before had too.
    void measure(snapshot& now, clock::time_point at);

private:
    std::unordered_map<std::string, std::uint64_t> calls_;
    clock::time_point last_{};
};

}  // namespace pgfold::top
