#include "proxy/admin/live/traffic_totals.hpp"

#include <algorithm>

#include "proxy/cache/result_cache.hpp"

namespace pgfold::admin {
namespace {

using telemetry::thread_counters;

std::uint64_t grown(std::uint64_t before, std::uint64_t after) {
    return after > before ? after - before : 0;  // threads are not read at one moment
}

}  // namespace

traffic_totals read_totals(const admin_context& context) {
    traffic_totals totals;
    std::uint64_t clients_gone = 0, servers_gone = 0;
    for (const thread_counters* thread : context.counters) {
        for (const telemetry::counter& kind : thread->queries)
            totals.queries += kind.value();
        for (std::size_t i = 0; i < totals.durations.size(); ++i)
            totals.durations[i] += thread->query_duration.buckets[i].value();
        totals.round_trips_saved += thread->round_trips_saved.value();
        totals.folded_lookups += thread->folded_lookups.value();
        totals.client_connections += thread->client_connections_opened.value();
        totals.server_connections += thread->server_connections_opened.value();
        clients_gone += thread->client_connections_closed.value();
        servers_gone += thread->server_connections_closed.value();
    }
    if (context.cache) {
        const auto cache = context.cache();
        totals.cache_hits = cache->totals.hits.load();
        totals.cache_misses = cache->totals.misses.load();
    }
    totals.client_connections = grown(clients_gone, totals.client_connections);
    totals.server_connections = grown(servers_gone, totals.server_connections);
    return totals;
}

std::optional<double> quantile_ms(const duration_counts& counts, double quantile) {
    std::uint64_t total = 0;
    for (const std::uint64_t count : counts)
        total += count;
    if (total == 0) return std::nullopt;
    const double rank = quantile * static_cast<double>(total);
    double below = 0;
    for (std::size_t i = 0; i < telemetry::duration_bounds_us.size(); ++i) {
        const auto here = static_cast<double>(counts[i]);
        if (here > 0 && below + here >= rank) {
            const double low =
                i == 0 ? 0 : static_cast<double>(telemetry::duration_bounds_us[i - 1]);
            const auto high = static_cast<double>(telemetry::duration_bounds_us[i]);
            return (low + (high - low) * std::max(0.0, rank - below) / here) / 1000;
        }
        below += here;
    }
    return static_cast<double>(telemetry::duration_bounds_us.back()) / 1000;
}

traffic_sample difference(const traffic_totals& before, const traffic_totals& after,
                          std::chrono::nanoseconds elapsed) {
    const double seconds = std::max(std::chrono::duration<double>(elapsed).count(), 1e-3);
    const auto rate = [&](std::uint64_t traffic_totals::*member) {
        return static_cast<double>(grown(before.*member, after.*member)) / seconds;
    };
    traffic_sample sample;
    sample.queries_per_s = rate(&traffic_totals::queries);
    sample.round_trips_saved_per_s = rate(&traffic_totals::round_trips_saved);
    sample.folded_per_s = rate(&traffic_totals::folded_lookups);
    sample.cache_hits_per_s = rate(&traffic_totals::cache_hits);
    sample.cache_misses_per_s = rate(&traffic_totals::cache_misses);
    sample.client_connections = after.client_connections;
    sample.server_connections = after.server_connections;
    duration_counts ended{};
    for (std::size_t i = 0; i < ended.size(); ++i)
        ended[i] = grown(before.durations[i], after.durations[i]);
    sample.p50_ms = quantile_ms(ended, 0.50);
    sample.p95_ms = quantile_ms(ended, 0.95);
    sample.p99_ms = quantile_ms(ended, 0.99);
    return sample;
}

}  // namespace pgfold::admin
