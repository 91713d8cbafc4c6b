// Everything that the admin HTTP server shows or sets in motion, as the process hands it over.
// Filled once, before the server starts; what it points to must outlive the server.
//
// All functions are called on the admin thread. They may be called at any time between start() and
// stop(), must be safe against the data threads, and should answer within milliseconds. A function
// that is left empty makes its endpoint answer 501.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/detector.hpp"
#include "analyzer/statistics/statement_statistics.hpp"
#include "config/config.hpp"
#include "proxy/alerts/alert_service.hpp"
#include "proxy/capture/traffic_capture.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/freshness/outside_writers.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::cache {
class result_cache;
class shared_level;
}  // namespace pgfold::cache

namespace pgfold::admin {

enum class connection_state : std::uint8_t {
    starting,    // startup packet or TLS handshake under way
    connecting,  // towards the server
    authenticating,
    active,  // a statement is outstanding
    idle,
    idle_in_transaction,  // including a failed one: see transaction_status
    replicating,
    blind,  // forwarded, no longer interpreted
    closing,
};
[[nodiscard]] std::string_view to_string(connection_state state);

struct connection_snapshot {
    std::uint64_t id = 0;
    std::string client_address;  // "127.0.0.1:50312", "[::1]:50312" or "unix"
    std::string server_address;  // "db1:5432" or a socket's path; empty until connected
    std::string database, user, application_name;
    connection_state state = connection_state::starting;
    char transaction_status = 'I';  // of ReadyForQuery
    bool client_tls = false;
    bool server_tls = false;
    detect::timestamp since;  // accepted
    detect::timestamp last_activity;
    std::string current_query;  // normalized text of the last statement, never a parameter value
    std::uint64_t queries = 0;
    std::uint64_t bytes_from_client = 0;
    std::uint64_t bytes_to_client = 0;
};

// How far the changes of a database have been followed: freshness.out_of_band: cdc.
struct stream_snapshot {
    std::string database;
    freshness::outside_writers::status status;
};

struct reload_outcome {
    bool ok = false;
    std::vector<std::string> errors;         // file:line:column: message
    std::vector<std::string> needs_restart;  // keys that changed but take effect only at a restart
    std::vector<std::string> for_new_connections;  // … only for connections that come from now on
};

struct reload_totals {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
};

struct admin_context {
    std::string version;  // of pgfold

    // What the threads count; the admin thread sums. Fixed for the life of the server.
    std::vector<const telemetry::thread_counters*> counters;
    std::vector<const statistics::statistics_shard*> statistics;

    std::function<std::vector<detect::finding>()> findings;  // empty: detection is off
    std::function<detect::detector_hub::totals()> finding_totals;

    std::function<std::vector<fold::association_ptr>()> associations;

    std::function<capture::capture_totals()> capture;  // empty: nothing is captured
    std::function<std::shared_ptr<cache::result_cache>()> cache;
    std::function<std::shared_ptr<cache::shared_level>()> shared_cache;  // null: there is none

    std::function<std::vector<connection_snapshot>()> connections;
    std::function<std::vector<stream_snapshot>()> streams;
    std::function<std::shared_ptr<const config::settings>()> settings;  // in force now

    std::function<std::vector<alerts::alert_status>()> alerts;
    std::function<std::vector<alerts::receiver_status>()> receivers;

    // What libpq should ping for /readyz: the upstream as URL or key=value, "" for libpq's own
    // environment. Called before every probe, so that a reload is followed.
    std::function<std::string()> upstream_conninfo;

    // Reads the configuration again and applies it, or keeps the old one.
    std::function<reload_outcome()> reload;
    std::function<reload_totals()> reloads;  // by SIGHUP and by HTTP
    std::function<void()> drain;             // starts draining and returns at once
    std::function<bool()> draining;
};

}  // namespace pgfold::admin
