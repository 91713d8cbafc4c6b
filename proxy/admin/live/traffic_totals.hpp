// What the threads have counted so far, summed for the live view, and how fast it grew.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "proxy/admin/admin_context.hpp"

namespace pgfold::admin {

using duration_counts = std::array<std::uint64_t, telemetry::duration_bounds_us.size() + 1>;

struct traffic_totals {
    std::uint64_t queries = 0;
    std::uint64_t round_trips_saved = 0;
    std::uint64_t folded_lookups = 0;
    std::uint64_t cache_hits = 0;
    std::uint64_t cache_misses = 0;
    std::uint64_t client_connections = 0;  // now
    std::uint64_t server_connections = 0;  // now
    duration_counts durations{};           // queries by how long they took
};
[[nodiscard]] traffic_totals read_totals(const admin_context& context);

struct traffic_sample {
    std::chrono::system_clock::time_point at;
    double queries_per_s = 0;
    double round_trips_saved_per_s = 0;
    double folded_per_s = 0;
    double cache_hits_per_s = 0;
    double cache_misses_per_s = 0;
    std::optional<double> p50_ms, p95_ms, p99_ms;  // of the queries that ended in between
    std::uint64_t client_connections = 0;
    std::uint64_t server_connections = 0;
};
[[nodiscard]] traffic_sample difference(const traffic_totals& before, const traffic_totals& after,
                                        std::chrono::nanoseconds elapsed);

// Within a bucket evenly spread. Nothing when nothing was counted; what lies beyond the last bound
// is said to be that bound.
[[nodiscard]] std::optional<double> quantile_ms(const duration_counts& counts, double quantile);

}  // namespace pgfold::admin
