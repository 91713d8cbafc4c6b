#include "unit/admin/sample_context.hpp"

#include <cstdio>
#include <functional>

namespace pgfold::admin {

sql::template_ptr make_template(std::string text, std::uint64_t fingerprint) {
    auto result = std::make_shared<sql::statement_template>();
    result->hash_low = std::hash<std::string>()(text);
    result->hash_high = result->hash_low * 31;
    result->normalized_text = std::move(text);
    result->fingerprint = fingerprint;
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(fingerprint));
    result->fingerprint_hex = hex;
    result->kind = sql::statement_kind::select;
    return result;
}

namespace {

detect::finding make_finding(detect::finding_class kind, const std::string& query,
                             const std::string& database, const std::string& route) {
    detect::finding finding;
    finding.kind = kind;
    finding.statement = make_template(query, 0xab);
    finding.database = database;
    finding.user = "web";
    finding.lookups = 50;
    if (!route.empty()) finding.tags = {{"route", route}};
    return finding;
}

connection_snapshot make_connection(std::uint64_t id, connection_state state) {
    connection_snapshot connection;
    connection.id = id;
    connection.client_address = "127.0.0.1:5000" + std::to_string(id);
    connection.database = "shop";
    connection.user = "web";
    connection.state = state;
    return connection;
}

}  // namespace

sample_process::sample_process() {
    for (int i = 0; i < 2; ++i) {
        counters.push_back(std::make_unique<telemetry::thread_counters>());
        shards.push_back(std::make_unique<statistics::statistics_shard>());
    }
    counters[0]->queries[0].add(3);  // select
    counters[1]->queries[0].add(4);
    counters[0]->query_duration.record(30'000);           // le 50 µs
    counters[1]->query_duration.record(2'000'000);        // le 2 ms
    counters[1]->query_duration.record(100'000'000'000);  // only +Inf
    counters[0]->client_connections_opened.add(5);
    counters[1]->client_connections_closed.add(2);  // opened and closed on different threads
    counters[0]->bytes_from_client.add(1000);

    const auto fast = make_template("SELECT $1", 1), slow = make_template("SELECT pg_sleep($1)", 2);
    for (const auto& shard : shards) {
        const auto orders = shard->dimension("shop", "web", "/orders");
        const auto other = shard->dimension("stock", "batch", "");
        for (int i = 0; i < 10; ++i)
            shard->record(fast, orders, 1'000'000, 2, 100, false);
        shard->record(fast, other, 1'000'000, 2, 100, true);
        shard->record(slow, other, 500'000'000, 1, 10, false);
    }
    findings = {
        make_finding(detect::finding_class::n_plus_one, "SELECT * FROM a WHERE id = $1", "shop",
                     "/orders"),
        make_finding(detect::finding_class::duplicate, "SELECT * FROM b WHERE id = $1", "shop", ""),
        make_finding(detect::finding_class::n_plus_one, "SELECT * FROM c WHERE id = $1", "stock",
                     "/admin/stock"),
    };
    findings[2].suppressed_because = "known";
    const auto association = [](const std::string& child, const std::string& database) {
        return std::make_shared<fold::association>(
            database, make_template("SELECT id FROM p", 0xaa), make_template(child, 0xab),
            fold::key_feed{}, std::vector<std::string>{"id"});
    };
    associations = {association("SELECT * FROM a WHERE id = $1", "shop"),
                    association("SELECT * FROM b WHERE id = $1", "stock")};
    associations[1]->record_batch();
    associations[1]->record_observed();
    associations[1]->record_loop(16, 16);
    associations[1]->record_pace(std::chrono::microseconds(1500));
    connections = {make_connection(2, connection_state::idle),
                   make_connection(1, connection_state::active)};
    connections[1].current_query = "SELECT \xff $1";  // a client with another encoding
}

admin_context sample_process::context() {
    admin_context result;
    result.version = "1.2.3";
    for (const auto& thread : counters)
        result.counters.push_back(thread.get());
    for (const auto& shard : shards)
        result.statistics.push_back(shard.get());
    result.findings = [this] { return findings; };
    result.finding_totals = [] {
        detect::detector_hub::totals totals;
        totals.findings[0] = 2;
        totals.findings[2] = 1;
        totals.n_plus_one_lookups = 100;
        return totals;
    };
    result.associations = [this] { return associations; };
    result.connections = [this] { return connections; };
    result.settings = [this] { return settings; };
    result.upstream_conninfo = [this] { return upstream; };
    result.reload = [this] {
        ++reloads;
        return next_reload;
    };
    result.reloads = [] { return reload_totals{7, 1}; };
    result.drain = [this] { ++drains; };
    result.draining = [this] { return draining; };
    return result;
}

}  // namespace pgfold::admin
