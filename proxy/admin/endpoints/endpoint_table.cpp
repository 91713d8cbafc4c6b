#include <array>

#include "proxy/admin/endpoints/endpoints.hpp"

namespace pgfold::admin {
namespace {

constexpr std::array<std::string_view, 6> findings_parameters = {"class", "database",   "user",
                                                                 "route", "suppressed", "limit"};
constexpr std::array<std::string_view, 7> statements_parameters = {
    "database", "user", "route", "fingerprint", "sort", "group", "limit"};
constexpr std::array<std::string_view, 3> associations_parameters = {"database", "fingerprint",
                                                                     "limit"};
constexpr std::array<std::string_view, 5> connections_parameters = {
    "database", "user", "application_name", "state", "limit"};
constexpr std::array<std::string_view, 1> history_parameters = {"limit"};

constexpr std::array<std::string_view, 2> flush_parameters = {"table", "fingerprint"};

constexpr std::array<endpoint, 18> table = {{
    {"GET", "/", access::read, get_dashboard, {}, "The dashboard"},
    {"GET", "/dashboard/", access::read, get_dashboard_file, {}, "What the dashboard is made of"},
    {"GET", "/api", access::read, get_index, {}, "This page"},
    {"GET", "/healthz", access::open, get_health, {}, "200 while the process is alive"},
    {"GET",
     "/readyz",
     access::open,
     get_readiness,
     {},
     "200 while PostgreSQL can be reached and clients are accepted, else 503",
     true},
    {"GET", "/metrics", access::open, get_metrics, {}, "Metrics in Prometheus' text format"},
    {"GET", "/api/v1/findings", access::read, get_findings, findings_parameters,
     "N+1 loops and their kin, those that took longest first"},
    {"GET", "/api/v1/statements", access::read, get_statements, statements_parameters,
     "Calls, latencies, rows, bytes and errors by statement, slowest first; sort: total, mean, "
     "p50, p95, p99, max, calls, rows, bytes, errors; group: template, none"},
    {"GET", "/api/v1/associations", access::read, get_associations, associations_parameters,
     "Loops that folding has learned, with their score, those that used most first; fingerprint: "
     "of the child"},
    {"GET",
     "/api/v1/cache",
     access::read,
     get_cache,
     {},
     "What is kept in memory, by rule and by table, and which statements are not, and why"},
    {"GET", "/api/v1/connections", access::read, get_connections, connections_parameters,
     "Clients that are connected now, oldest first"},
    {"GET",
     "/api/v1/alerts",
     access::read,
     get_alerts,
     {},
     "Alerts, whether they fire, and how their receivers are doing"},
    {"GET",
     "/api/v1/config",
     access::read,
     get_config,
     {},
     "The configuration in force, secrets masked"},
    {"GET", "/api/v1/history", access::read, get_history, history_parameters,
     "Totals, and rates and latencies of the last quarter of an hour, second by second"},
    {"GET",
     "/api/v1/events",
     access::read,
     get_events,
     {},
     "The same as it happens, and new findings: server-sent events"},
    {"POST",
     "/api/v1/reload",
     access::control,
     post_reload,
     {},
     "Reads the configuration again; a file with errors changes nothing"},
    {"POST", "/api/v1/cache/flush", access::control, post_cache_flush, flush_parameters,
     "Empties the cache: all of it, or what a table or fingerprint names"},
    {"POST",
     "/api/v1/drain",
     access::control,
     post_drain,
     {},
     "No new clients; sessions end with their transaction, then the process does"},
}};

}  // namespace

std::span<const endpoint> endpoints() {
    return table;
}

}  // namespace pgfold::admin
