#include "proxy/net/analysis_log.hpp"

#include <cstdio>
#include <string>

#include "proxy/net/log.hpp"
#include "proxy/net/log_throttle.hpp"

namespace pgfold::net {
namespace {

constexpr std::uint32_t slow_queries_per_second_max = 10;

std::string milliseconds(double ms) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", ms);
    return text;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string route_of(const detect::finding& found) {
    for (const auto& [name, value] : found.tags)
        if (name == "route" || name == "controller" || name == "action") return value;
    return {};
}

// A loop whose parent is unknown may be a web server's unrelated lookups, so it is quiet, as is
// what the user has suppressed.
config::log_level level_of(const detect::finding& found) {
    const bool quiet =
        found.kind == detect::finding_class::suspected || !found.suppressed_because.empty();
    return quiet ? config::log_level::debug : config::log_level::info;
}

}  // namespace

void log_finding(const detect::finding& found) {
    if (!found.statement) return;
    const auto& parent = found.parent.statement;
    log::event(level_of(found), "finding",
               {{"class", std::string(to_string(found.kind))},
                {"fingerprint", found.statement->fingerprint_hex},
                {"query", found.statement->normalized_text},
                {"lookups", std::to_string(found.lookups), true},
                {"total_ms", milliseconds(found.total_ms), true},
                {"parent", parent ? parent->normalized_text : std::string()},
                {"parent_columns", joined(found.parent.columns)},
                {"database", found.database},
                {"user", found.user},
                {"application_name", found.application_name},
                {"route", route_of(found)},
                {"suggestion", found.advice.text},
                {"batched_query", found.advice.batched_query}});
}

void log_slow_query(const session::slow_query& query) {
    static log_throttle throttle(slow_queries_per_second_max);
    const auto left_out = throttle.pass(std::chrono::steady_clock::now());
    if (!left_out) return;
    const double ms = static_cast<double>(query.duration.count()) / 1e6;
    log::event(config::log_level::info, "slow query",
               {{"duration_ms", milliseconds(ms), true},
                {"rows", std::to_string(query.rows), true},
                {"query", query.statement.normalized_text},
                {"fingerprint", query.statement.fingerprint_hex},
                {"database", query.who.database},
                {"user", query.who.user},
                {"application_name", query.who.application_name},
                {"connection", std::to_string(query.who.connection_id), true},
                {"left_out", *left_out == 0 ? std::string() : std::to_string(*left_out), true}});
}

}  // namespace pgfold::net
