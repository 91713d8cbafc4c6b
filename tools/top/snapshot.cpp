#include "tools/top/snapshot.hpp"

#include <boost/json/array.hpp>
#include <exception>

namespace pgfold::top {
namespace json = boost::json;
namespace {

constexpr const char* history_target = "/api/v1/history?limit=120";
constexpr std::size_t rows_max = 100;  // more than a terminal has lines

std::string text(const json::object& from, const char* name) {
    const json::value* const found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

template <typename number>
number numeric(const json::object& from, const char* name) {
    const json::value* const found = from.if_contains(name);
    return found != nullptr && found->is_number() ? found->to_number<number>() : number{};
}

std::uint64_t whole(const json::object& from, const char* name) {
    return numeric<std::uint64_t>(from, name);
}

std::optional<double> last_of(const json::object& samples, const char* name) {
    const json::array& values = samples.at(name).as_array();
    if (values.empty() || !values.back().is_number()) return std::nullopt;
    return values.back().to_number<double>();
}

std::string joined(const json::value* list) {
    std::string result;
    if (list == nullptr || !list->is_array()) return result;
    for (const json::value& name : list->as_array())
        result += (result.empty() ? "" : ", ") + std::string(name.as_string());
    return result;
}

std::string title_of(const json::object& finding) {
    std::string child = joined(finding.if_contains("tables"));
    const std::string keys = joined(finding.if_contains("key_columns"));
    if (!keys.empty()) child += " by " + keys;
    const json::value* const parent = finding.if_contains("parent");
    if (parent == nullptr || !parent->is_object()) return child;
    const json::object& from = parent->as_object();
    return joined(from.if_contains("tables")) + "." + joined(from.if_contains("columns")) + " → " +
           child;
}

void read_history(const json::object& body, snapshot& out) {
    const json::object& samples = body.at("samples").as_object();
    out.queries_per_s = last_of(samples, "queries_per_s").value_or(0);
    out.saved_per_s = last_of(samples, "round_trips_saved_per_s").value_or(0);
    for (const json::value& value : samples.at("queries_per_s").as_array())
        out.recent_queries_per_s.push_back(value.to_number<double>());
    const json::object& totals = body.at("totals").as_object();
    out.queries = whole(totals, "queries");
    out.round_trips_saved = whole(totals, "round_trips_saved");
    out.folded_lookups = whole(totals, "folded_lookups");
    out.n_plus_one_lookups = whole(totals, "n_plus_one_lookups");
    out.cache_hits = whole(totals, "cache_hits");
    out.cache_misses = whole(totals, "cache_misses");
    out.clients = whole(totals, "client_connections");
    out.servers = whole(totals, "server_connections");
    // Of the last second, or of all where there were no queries in it.
    const auto latency = [&](const char* name) -> std::optional<double> {
        if (const auto recent = last_of(samples, name)) return recent;
        const json::value& overall = totals.at(name);
        return overall.is_number() ? std::optional(overall.to_number<double>()) : std::nullopt;
    };
    out.p50_ms = latency("p50_ms");
    out.p95_ms = latency("p95_ms");
    out.p99_ms = latency("p99_ms");
}

void read_statements(const json::object& body, snapshot& out) {
    out.statements_total = whole(body, "total");
    for (const json::value& value : body.at("statements").as_array()) {
        const json::object& row = value.as_object();
        statement_line line;
        line.fingerprint = text(row, "fingerprint");
        line.query = text(row, "query");
        if (line.query.empty()) line.query = "other statements";
        line.database = text(row, "database");
        line.calls = whole(row, "calls");
        line.rows = whole(row, "rows");
        line.errors = whole(row, "errors");
        line.total_ms = numeric<double>(row, "total_ms");
        line.mean_ms = numeric<double>(row, "mean_ms");
        line.p95_ms = numeric<double>(row, "p95_ms");
        line.p99_ms = numeric<double>(row, "p99_ms");
        out.statements.push_back(std::move(line));
    }
}

void read_findings(const json::object& body, snapshot& out) {
    out.findings_total = whole(body, "total");
    for (const json::value& value : body.at("findings").as_array()) {
        const json::object& row = value.as_object();
        finding_line line;
        line.kind = text(row, "class");
        line.title = title_of(row);
        line.runs = whole(row, "runs");
        line.lookups = whole(row, "lookups");
        line.folded = whole(row, "folded");
        line.total_ms = numeric<double>(row, "total_ms");
        const std::string why_not = text(row, "not_folded_because");
        line.state = !why_not.empty() ? why_not : line.folded > 0 ? "folded" : "not folded yet";
        out.findings.push_back(std::move(line));
    }
}

void read_connections(const json::object& body, snapshot& out) {
    out.connections_total = whole(body, "total");
    for (const json::value& value : body.at("connections").as_array()) {
        const json::object& row = value.as_object();
        out.connections.push_back({text(row, "client_address"),
                                   text(row, "user") + "@" + text(row, "database"),
                                   text(row, "application_name"), text(row, "state"),
                                   text(row, "current_query"), whole(row, "queries")});
    }
}

}  // namespace

snapshot take_snapshot(const admin_client& client, const std::string& sort) {
    snapshot out;
    const std::string limit = "limit=" + std::to_string(rows_max);
    const auto read = [&](const std::string& target, auto&& reader) {
        if (!out.error.empty()) return;
        admin_answer answer = client.get(target);
        if (!answer.error.empty()) {
            out.error = answer.error;
            return;
        }
        try {
            reader(answer.body, out);
        } catch (const std::exception&) {
            out.error = target + " was not answered as a pgfold of this version does";
        }
    };
    read("/healthz",
         [](const json::object& body, snapshot& to) { to.version = text(body, "version"); });
    read(history_target, read_history);
    read("/api/v1/statements?" + limit + "&sort=" + sort, read_statements);
    read("/api/v1/findings?" + limit, read_findings);
    read("/api/v1/connections?" + limit, read_connections);
    return out;
}

}  // namespace pgfold::top
