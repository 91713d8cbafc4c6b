// Files in, everything that a report can say of them out.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/detect/finding.hpp"
#include "analyzer/statistics/statement_statistics.hpp"
#include "tools/analyze/query_habits.hpp"
#include "tools/analyze/timeline_recorder.hpp"
#include "tools/captures/capture_replayer.hpp"

namespace pgfold::analyze {

struct traffic_options {
    std::uint16_t port = 0;  // server port; 0: found by content
    std::uint32_t min_lookups = 5;
    std::chrono::nanoseconds idle_gap = std::chrono::seconds(1);
};

struct traffic_analysis {
    std::vector<detect::finding> findings;              // by total time, largest first
    std::vector<statistics::statement_row> statements;  // same
    std::vector<query_habit> habits;                    // same
    timeline_recorder timelines;
    captures::replay_totals totals;
    std::uint64_t packets = 0;
    std::uint64_t packets_cut = 0;
    std::size_t files_read = 0;
    std::size_t logs_read = 0;                      // of these, PostgreSQL's own: without results
    std::uint64_t statements_without_duration = 0;  // in logs
    bool all_readable = true;
    timestamp first_at, last_at;  // of what was read
};

// Captures (pcap, pcapng) and PostgreSQL's logs (CSV, JSON). `notes` takes lines for the user.
// Not movable while it runs, so it is made in place.
[[nodiscard]] std::unique_ptr<traffic_analysis> analyze_files(const std::vector<std::string>& files,
                                                              const traffic_options& options,
                                                              const captures::note_sink& notes);

}  // namespace pgfold::analyze
