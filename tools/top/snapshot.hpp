// What a running pgfold says of itself at one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/top/admin_client.hpp"

namespace pgfold::top {

struct statement_line {
    std::string fingerprint, query, database;
    std::uint64_t calls = 0, rows = 0, errors = 0;
    double total_ms = 0, mean_ms = 0, p95_ms = 0, p99_ms = 0;
    std::optional<double> calls_per_s;  // since the snapshot before
};

struct finding_line {
    std::string kind, title, state;
    std::uint64_t runs = 0, lookups = 0, folded = 0;
    double total_ms = 0;
};

struct connection_line {
    std::string client, user, application, state, query;
    std::uint64_t queries = 0;
};

struct snapshot {
    std::string error;  // when pgfold has not answered; the rest is empty then
    std::string version;
    std::uint64_t queries = 0, round_trips_saved = 0, folded_lookups = 0, n_plus_one_lookups = 0;
    std::uint64_t cache_hits = 0, cache_misses = 0, clients = 0, servers = 0;
    double queries_per_s = 0, saved_per_s = 0;
    std::optional<double> p50_ms, p95_ms, p99_ms;
    std::vector<double> recent_queries_per_s;  // oldest first
    std::vector<statement_line> statements;
    std::vector<finding_line> findings;
    std::vector<connection_line> connections;
    std::uint64_t statements_total = 0, findings_total = 0, connections_total = 0;
};

// `sort` is one of the statement endpoint's.
[[nodiscard]] snapshot take_snapshot(const admin_client& client, const std::string& sort);

}  // namespace pgfold::top
