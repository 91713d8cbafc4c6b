#include "analyzer/report/report_json.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "analyzer/report/statement_tables.hpp"
#include "analyzer/report/utf8.hpp"

namespace pgfold::report {
namespace json = boost::json;
namespace {

json::value string_of(std::string_view text) {
    return json::value(to_valid_utf8(text));
}

json::value string_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : string_of(text);
}

json::array array_of(const std::vector<std::string>& values) {
    json::array array;
    array.reserve(values.size());
    for (const std::string& value : values)
        array.push_back(string_of(value));
    return array;
}

json::value parent_of(const detect::finding& f) {
    if (f.parent.statement == nullptr) return nullptr;
    json::object parent;
    parent["fingerprint"] = f.parent.statement->fingerprint_hex;
    parent["query"] = string_of(f.parent.statement->normalized_text);
    parent["columns"] = array_of(f.parent.columns);
    return parent;
}

json::object tags_of(const detect::finding& f) {
    json::object tags;
    for (const auto& [key, value] : f.tags)
        tags[to_valid_utf8(key)] = string_of(value);
    return tags;
}

// Microseconds are what clocks and captures are good for; more digits would be noise.
double rounded_ms(double ms) {
    return static_cast<double>(static_cast<std::int64_t>(ms * 1000 + (ms < 0 ? -0.5 : 0.5))) / 1000;
}

double ms_of(std::uint64_t ns) {
    return rounded_ms(static_cast<double>(ns) / 1e6);
}

}  // namespace

json::object to_json(const detect::finding& f) {
    json::object out;
    out["class"] = detect::to_string(f.kind);
    out["fingerprint"] = f.statement ? json::value(f.statement->fingerprint_hex) : nullptr;
    out["query"] = f.statement ? string_of(f.statement->normalized_text) : nullptr;
    out["tables"] = f.statement ? array_of(table_names(*f.statement)) : json::array();
    out["key_columns"] = array_of(f.key_columns);
    out["runs"] = f.runs;
    out["lookups"] = f.lookups;
    out["distinct_arguments"] = f.distinct_arguments;
    out["rows"] = f.rows;
    out["total_ms"] = rounded_ms(f.total_ms);
    out["window_share"] = rounded_ms(f.window_share);
    out["round_trips_avoidable"] = f.round_trips_avoidable;
    out["folded"] = f.folded;
    out["round_trips_saved"] = f.round_trips_saved;
    out["parent"] = parent_of(f);
    out["database"] = string_of(f.database);
    out["user"] = string_of(f.user);
    out["application_name"] = string_of(f.application_name);
    out["tags"] = tags_of(f);
    out["first_seen"] = to_rfc3339(f.first_seen);
    out["last_seen"] = to_rfc3339(f.last_seen);
    out["example"] = string_of(f.example);
    json::object advice;
    advice["text"] = string_of(f.advice.text);
    advice["orm"] = string_or_null(f.advice.orm);
    advice["batched_query"] = string_or_null(f.advice.batched_query);
    out["suggestion"] = std::move(advice);
    out["not_folded_because"] = string_or_null(f.not_folded_because);
    out["suppressed_because"] = string_or_null(f.suppressed_because);
    return out;
}

json::object to_json(const statistics::statement_row& row) {
    const sql::template_ptr& statement = row.key.statement;
    const statistics::latency_histogram& latency = row.latency;
    json::object out;
    out["fingerprint"] = statement ? json::value(statement->fingerprint_hex) : "other";
    out["query"] = statement ? string_of(statement->normalized_text) : nullptr;
    out["kind"] = statement ? json::value(sql::to_string(statement->kind)) : nullptr;
    out["tables"] = statement ? array_of(table_names(*statement)) : json::array();
    out["database"] = string_of(row.key.database);
    out["user"] = string_of(row.key.user);
    out["route"] = string_or_null(row.key.route);
    out["calls"] = latency.count();
    out["total_ms"] = ms_of(latency.total_ns());
    out["mean_ms"] = ms_of(latency.count() == 0 ? 0 : latency.total_ns() / latency.count());
    out["p50_ms"] = ms_of(latency.quantile_ns(0.50));
    out["p95_ms"] = ms_of(latency.quantile_ns(0.95));
    out["p99_ms"] = ms_of(latency.quantile_ns(0.99));
    out["max_ms"] = ms_of(latency.max_ns());
    out["rows"] = row.rows;
    out["bytes"] = row.bytes;
    out["errors"] = row.errors;
    return out;
}

std::string to_rfc3339(detect::timestamp at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    const auto fraction = std::chrono::duration_cast<std::chrono::microseconds>(at - seconds);
    const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
                  parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                  parts.tm_min, parts.tm_sec, static_cast<int>(fraction.count()));
    return text.data();
}

}  // namespace pgfold::report
