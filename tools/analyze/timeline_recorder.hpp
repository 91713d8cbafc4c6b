// When each statement of a loop ran, for one loop of each finding: the one that took longest.
//
// Executions are remembered for a while, since the detector says only afterwards which of them were
// a loop's. Bounded by connections, by executions of each, and by loops.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "analyzer/detect/detector.hpp"

namespace pgfold::analyze {

using detect::timestamp;

struct time_span {
    timestamp start, end;
};

struct loop_timeline {
    time_span parent;                // empty when there is none, or it is no longer known
    std::vector<time_span> lookups;  // the first ones
    std::uint64_t lookups_total = 0;
    timestamp last_end;
};

class timeline_recorder {
public:
    void on_session_start(std::uint64_t connection);
    void on_execution(std::uint64_t connection, detect::execution_id id, time_span when);
    void on_session_end(std::uint64_t connection);
    void on_attribution(const detect::attribution& one);

    // Null: not seen, or forgotten since.
    [[nodiscard]] const loop_timeline* find(const detect::finding& found) const;

private:
    static constexpr std::size_t executions_max = 2048;  // of a connection
    static constexpr std::size_t ended_max = 256;        // connections that ended, still remembered
    static constexpr std::size_t loops_max = 500;
    static constexpr std::size_t lookups_max = 150;

    struct execution {
        detect::execution_id id = 0;
        time_span when;
    };
    // (class, child, parent)
    using key = std::tuple<detect::finding_class, const void*, const void*>;
    struct loop {
        std::uint64_t connection = 0, parent = 0;  // of the run in `current`
        loop_timeline current, longest;
    };

    [[nodiscard]] const time_span* when(std::uint64_t connection, detect::execution_id id) const;

    std::unordered_map<std::uint64_t, std::vector<execution>> connections_;  // rings
    std::deque<std::uint64_t> ended_;
    std::map<key, loop> loops_;
};

}  // namespace pgfold::analyze
