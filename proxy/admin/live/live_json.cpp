#include "proxy/admin/live/live_json.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <cmath>

namespace pgfold::admin {
namespace json = boost::json;
namespace {

double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

json::value rounded(const std::optional<double>& value) {
    return value ? json::value(rounded(*value)) : json::value(nullptr);
}

struct column {
    std::string_view name;
    json::value (*value)(const traffic_sample& sample);
};

constexpr std::array<column, 11> columns = {{
    {"at_ms",
     [](const traffic_sample& s) -> json::value {
         return std::chrono::duration_cast<std::chrono::milliseconds>(s.at.time_since_epoch())
             .count();
     }},
    {"queries_per_s",
     [](const traffic_sample& s) -> json::value { return rounded(s.queries_per_s); }},
    {"p50_ms", [](const traffic_sample& s) { return rounded(s.p50_ms); }},
    {"p95_ms", [](const traffic_sample& s) { return rounded(s.p95_ms); }},
    {"p99_ms", [](const traffic_sample& s) { return rounded(s.p99_ms); }},
    {"round_trips_saved_per_s",
     [](const traffic_sample& s) -> json::value { return rounded(s.round_trips_saved_per_s); }},
    {"folded_per_s",
     [](const traffic_sample& s) -> json::value { return rounded(s.folded_per_s); }},
    {"cache_hits_per_s",
     [](const traffic_sample& s) -> json::value { return rounded(s.cache_hits_per_s); }},
    {"cache_misses_per_s",
     [](const traffic_sample& s) -> json::value { return rounded(s.cache_misses_per_s); }},
    {"client_connections",
     [](const traffic_sample& s) -> json::value { return s.client_connections; }},
    {"server_connections",
     [](const traffic_sample& s) -> json::value { return s.server_connections; }},
}};

}  // namespace

json::object to_json(const traffic_sample& sample) {
    json::object out;
    for (const column& one : columns)
        out[one.name] = one.value(sample);
    return out;
}

json::object to_json(const std::deque<traffic_sample>& samples) {
    json::object out;
    for (const column& one : columns) {
        json::array values;
        values.reserve(samples.size());
        for (const traffic_sample& sample : samples)
            values.push_back(one.value(sample));
        out[one.name] = std::move(values);
    }
    return out;
}

json::object to_json(const traffic_totals& totals, const detect::detector_hub::totals& findings) {
    json::object by_class;
    using detect::finding_class;
    for (const finding_class kind : {finding_class::n_plus_one, finding_class::suspected,
                                     finding_class::duplicate, finding_class::write_loop})
        by_class[detect::to_string(kind)] = findings.findings[static_cast<std::size_t>(kind)];
    json::object out{{"queries", totals.queries},
                     {"round_trips_saved", totals.round_trips_saved},
                     {"folded_lookups", totals.folded_lookups},
                     {"cache_hits", totals.cache_hits},
                     {"cache_misses", totals.cache_misses},
                     {"client_connections", totals.client_connections},
                     {"server_connections", totals.server_connections},
                     {"n_plus_one_lookups", findings.n_plus_one_lookups},
                     {"findings", std::move(by_class)}};
    for (const auto& [name, quantile] :
         {std::pair{"p50_ms", 0.5}, std::pair{"p95_ms", 0.95}, std::pair{"p99_ms", 0.99}})
        out[name] = rounded(quantile_ms(totals.durations, quantile));
    return out;
}

}  // namespace pgfold::admin
