// The names of all metrics, without their prefix `pgfold_`, and of what kind they are: what alert
// rules may name. (A test compares it with /metrics.)
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pgfold::telemetry {

enum class metric_kind : std::uint8_t { counter, gauge, histogram };

struct metric_name {
    std::string_view name;
    metric_kind kind;
};

inline constexpr std::array metric_names = {
    metric_name{"queries_total", metric_kind::counter},
    metric_name{"query_duration_seconds", metric_kind::histogram},
    metric_name{"upstream_duration_seconds", metric_kind::histogram},
    metric_name{"statement_calls_total", metric_kind::counter},
    metric_name{"statement_seconds_total", metric_kind::counter},
    metric_name{"client_connections", metric_kind::gauge},
    metric_name{"server_connections", metric_kind::gauge},
    metric_name{"client_connections_total", metric_kind::counter},
    metric_name{"server_connections_total", metric_kind::counter},
    metric_name{"connections_refused_total", metric_kind::counter},
    metric_name{"cancel_requests_total", metric_kind::counter},
    metric_name{"bytes_total", metric_kind::counter},
    metric_name{"failopen_total", metric_kind::counter},
    metric_name{"parse_failures_total", metric_kind::counter},
    metric_name{"protocol_errors_total", metric_kind::counter},
    metric_name{"findings_total", metric_kind::counter},
    metric_name{"n_plus_one_lookups_total", metric_kind::counter},
    metric_name{"folded_lookups_total", metric_kind::counter},
    metric_name{"batches_total", metric_kind::counter},
    metric_name{"batch_keys_fetched_total", metric_kind::counter},
    metric_name{"batch_keys_used_total", metric_kind::counter},
    metric_name{"round_trips_saved_total", metric_kind::counter},
    metric_name{"cache_hits_total", metric_kind::counter},
    metric_name{"cache_misses_total", metric_kind::counter},
    metric_name{"cache_stores_total", metric_kind::counter},
    metric_name{"cache_evictions_total", metric_kind::counter},
    metric_name{"cache_bypasses_total", metric_kind::counter},
    metric_name{"cache_invalidations_total", metric_kind::counter},
    metric_name{"cache_bytes", metric_kind::gauge},
    metric_name{"cache_shared_up", metric_kind::gauge},
    metric_name{"cache_shared_hits_total", metric_kind::counter},
    metric_name{"cache_shared_misses_total", metric_kind::counter},
    metric_name{"cache_shared_stores_total", metric_kind::counter},
    metric_name{"cache_shared_renewals_total", metric_kind::counter},
    metric_name{"replication_up", metric_kind::gauge},
    metric_name{"replication_lag_seconds", metric_kind::gauge},
    metric_name{"capture_active", metric_kind::gauge},
    metric_name{"capture_bytes_total", metric_kind::counter},
    metric_name{"capture_conversations_total", metric_kind::counter},
    metric_name{"capture_files_total", metric_kind::counter},
    metric_name{"config_reloads_total", metric_kind::counter},
    metric_name{"alerts_firing", metric_kind::gauge},
    metric_name{"notifications_total", metric_kind::counter},
    metric_name{"build_info", metric_kind::gauge},
    metric_name{"process_cpu_seconds_total", metric_kind::counter},
    metric_name{"process_resident_memory_bytes", metric_kind::gauge},
    metric_name{"process_virtual_memory_bytes", metric_kind::gauge},
    metric_name{"process_open_fds", metric_kind::gauge},
    metric_name{"process_max_fds", metric_kind::gauge},
    metric_name{"process_start_time_seconds", metric_kind::gauge},
};

}  // namespace pgfold::telemetry
