#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "proxy/admin/metrics/metrics_exporter.hpp"
#include "unit/admin/sample_context.hpp"

namespace pgfold::admin {
namespace {

struct exposition {
    std::map<std::string, std::string> samples;  // "name{labels}" → value
    std::map<std::string, std::string> types, help;
};

exposition parse(const std::string& text) {
    exposition result;
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string hash, kind, name, rest;
        if (line.rfind("# ", 0) == 0) {
            words >> hash >> kind >> name;
            std::getline(words, rest);
            (kind == "HELP" ? result.help : result.types)[name] = rest.substr(1);
        } else {
            const std::size_t space = line.rfind(' ');
            result.samples[line.substr(0, space)] = line.substr(space + 1);
        }
    }
    return result;
}

class metrics : public testing::Test {
protected:
    exposition render() { return parse(exporter_.render()); }

    sample_process process_;
    admin_context context_ = process_.context();
    metrics_exporter exporter_{context_};
};

TEST_F(metrics, every_name_is_there_with_type_and_help) {
    const exposition shown = render();
    const std::map<std::string, std::string> expected = {
        {"pgfold_queries_total", "counter"},
        {"pgfold_query_duration_seconds", "histogram"},
        {"pgfold_upstream_duration_seconds", "histogram"},
        {"pgfold_statement_calls_total", "counter"},
        {"pgfold_statement_seconds_total", "counter"},
        {"pgfold_findings_total", "counter"},
        {"pgfold_n_plus_one_lookups_total", "counter"},
        {"pgfold_folded_lookups_total", "counter"},
        {"pgfold_batches_total", "counter"},
        {"pgfold_batch_keys_fetched_total", "counter"},
        {"pgfold_batch_keys_used_total", "counter"},
        {"pgfold_round_trips_saved_total", "counter"},
        {"pgfold_client_connections", "gauge"},
        {"pgfold_server_connections", "gauge"},
        {"pgfold_bytes_total", "counter"},
        {"pgfold_failopen_total", "counter"},
        {"pgfold_parse_failures_total", "counter"},
        {"pgfold_protocol_errors_total", "counter"},
        {"pgfold_config_reloads_total", "counter"},
        {"pgfold_build_info", "gauge"},
        {"process_resident_memory_bytes", "gauge"},
        {"process_start_time_seconds", "gauge"},
    };
    for (const auto& [name, type] : expected) {
        ASSERT_TRUE(shown.types.contains(name)) << name;
        EXPECT_EQ(shown.types.at(name), type) << name;
        EXPECT_GT(shown.help.at(name).size(), 5u) << name;
    }
    EXPECT_EQ(shown.types.size(), shown.help.size());
}

TEST_F(metrics, counters_are_summed_over_threads) {
    const exposition shown = render();
    EXPECT_EQ(shown.samples.at(R"(pgfold_queries_total{kind="select"})"), "7");
    EXPECT_EQ(shown.samples.at(R"(pgfold_queries_total{kind="delete"})"), "0");
    EXPECT_EQ(shown.samples.at("pgfold_client_connections"), "3");
    EXPECT_EQ(shown.samples.at("pgfold_server_connections"), "0");
    EXPECT_EQ(shown.samples.at(R"(pgfold_bytes_total{direction="from_client"})"), "1000");
    EXPECT_EQ(shown.samples.at(R"(pgfold_findings_total{class="n_plus_one"})"), "2");
    EXPECT_EQ(shown.samples.at(R"(pgfold_findings_total{class="duplicate"})"), "1");
    EXPECT_EQ(shown.samples.at("pgfold_n_plus_one_lookups_total"), "100");
    EXPECT_EQ(shown.samples.at(R"(pgfold_config_reloads_total{outcome="success"})"), "7");
    EXPECT_EQ(shown.samples.at(R"(pgfold_config_reloads_total{outcome="failure"})"), "1");
    EXPECT_EQ(shown.samples.at(R"(pgfold_build_info{version="1.2.3"})"), "1");
    process_.counters[1]->queries[0].add(1);
    EXPECT_EQ(render().samples.at(R"(pgfold_queries_total{kind="select"})"), "8");
}

TEST_F(metrics, of_folding) {
    using enum telemetry::batch_outcome;
    const auto counted = [this](std::size_t thread, telemetry::batch_kind strategy,
                                telemetry::batch_outcome outcome) -> telemetry::counter& {
        return process_.counters[thread]
            ->batches[static_cast<std::size_t>(strategy)][static_cast<std::size_t>(outcome)];
    };
    counted(0, telemetry::batch_kind::pipeline, completed).add(3);
    counted(1, telemetry::batch_kind::pipeline, completed).add();
    counted(1, telemetry::batch_kind::pipeline, canceled).add(2);
    counted(1, telemetry::batch_kind::lateral, failed).add(5);
    process_.counters[0]->batch_keys_fetched.add(50);
    process_.counters[1]->batch_keys_used.add(40);
    process_.counters[0]->folded_lookups.add(41);
    process_.counters[1]->round_trips_saved.add(39);
    const exposition shown = render();
    const auto batches = [&](const std::string& strategy, const std::string& outcome) {
        return shown.samples.at("pgfold_batches_total{strategy=\"" + strategy + "\",outcome=\"" +
                                outcome + "\"}");
    };
    EXPECT_EQ(batches("pipeline", "completed"), "4");
    EXPECT_EQ(batches("pipeline", "failed"), "0");
    EXPECT_EQ(batches("pipeline", "canceled"), "2");
    EXPECT_EQ(batches("pipeline", "abandoned"), "0");
    EXPECT_EQ(batches("pipeline", "observed"), "0");
    EXPECT_EQ(batches("any", "completed"), "0");
    EXPECT_EQ(batches("lateral", "failed"), "5");
    EXPECT_EQ(shown.samples.at("pgfold_batch_keys_fetched_total"), "50");
    EXPECT_EQ(shown.samples.at("pgfold_batch_keys_used_total"), "40");
    EXPECT_EQ(shown.samples.at("pgfold_folded_lookups_total"), "41");
    EXPECT_EQ(shown.samples.at("pgfold_round_trips_saved_total"), "39");
}

// What was known before a stream broke off gets older; what was given up has no lag.
TEST_F(metrics, replication_is_shown_by_database) {
    using freshness::stream_state;
    const auto known = std::chrono::steady_clock::now() - std::chrono::hours(1);
    context_.streams = [known] {
        return std::vector<stream_snapshot>{{"app", {stream_state::following, "", known, 3}},
                                            {"broken", {stream_state::closed, "why", known, 3}},
                                            {"new", {}},
                                            {"ttl", {stream_state::given_up, "why", known, 0}}};
    };
    const exposition shown = render();
    const auto of = [&](const std::string& name, const std::string& database) {
        const auto found = shown.samples.find("pgfold_" + name + "{database=\"" + database + "\"}");
        return found == shown.samples.end() ? -1.0 : std::stod(found->second);
    };
    EXPECT_EQ(of("replication_up", "app"), 1);
    EXPECT_EQ(of("replication_up", "broken"), 0);
    EXPECT_EQ(of("replication_up", "ttl"), 0);
    EXPECT_GE(of("replication_lag_seconds", "app"), 3600);
    EXPECT_GE(of("replication_lag_seconds", "broken"), 3600);
    EXPECT_EQ(of("replication_lag_seconds", "new"), -1);
    EXPECT_EQ(of("replication_lag_seconds", "ttl"), -1);
    EXPECT_EQ(shown.types.at("pgfold_replication_lag_seconds"), "gauge");
}

TEST_F(metrics, histograms_are_cumulative_and_end_with_everything) {
    const exposition shown = render();
    const auto bucket = [&](const std::string& le) {
        return shown.samples.at("pgfold_query_duration_seconds_bucket{le=\"" + le + "\"}");
    };
    EXPECT_EQ(bucket("+Inf"), "3");
    EXPECT_EQ(shown.samples.at("pgfold_query_duration_seconds_count"), "3");
    EXPECT_NEAR(std::stod(shown.samples.at("pgfold_query_duration_seconds_sum")), 100.00203, 1e-9);
    std::map<double, std::uint64_t> buckets;
    for (const auto& [name, value] : shown.samples) {
        if (name.rfind("pgfold_query_duration_seconds_bucket", 0) != 0) continue;
        const std::size_t quote = name.find('"');
        if (name[quote + 1] != '+') buckets[std::stod(name.substr(quote + 1))] = std::stoull(value);
    }
    EXPECT_EQ(buckets.size(), telemetry::duration_bounds_us.size());
    EXPECT_EQ(buckets.begin()->second, 0u);
    for (const auto& [bound, count] : buckets) {
        EXPECT_EQ(count, bound < 50e-6 ? 0u : bound < 2e-3 ? 1u : 2u) << bound;
    }
}

TEST_F(metrics, statements_have_their_fingerprint_as_label) {
    const exposition shown = render();
    EXPECT_EQ(shown.samples.at(R"(pgfold_statement_calls_total{fingerprint="0000000000000001"})"),
              "22");
    EXPECT_EQ(shown.samples.at(R"(pgfold_statement_seconds_total{fingerprint="0000000000000002"})"),
              "1");
    EXPECT_EQ(shown.samples.at(R"(pgfold_statement_calls_total{fingerprint="other"})"), "0");
}

TEST_F(metrics, the_process_looks_like_a_process) {
    const exposition shown = render();
    EXPECT_GT(std::stod(shown.samples.at("process_resident_memory_bytes")), 1e5);
    EXPECT_GT(std::stod(shown.samples.at("process_open_fds")), 2);
    EXPECT_GE(std::stod(shown.samples.at("process_max_fds")),
              std::stod(shown.samples.at("process_open_fds")));
    EXPECT_GT(std::stod(shown.samples.at("process_start_time_seconds")), 1.6e9);
}

TEST(metrics_without_a_context, are_zero_and_do_not_crash) {
    const admin_context empty;
    metrics_exporter exporter(empty);
    const exposition shown = parse(exporter.render());
    EXPECT_EQ(shown.samples.at("pgfold_client_connections"), "0");
    EXPECT_EQ(shown.samples.at("pgfold_n_plus_one_lookups_total"), "0");
}

}  // namespace
}  // namespace pgfold::admin
