#include "config/alert_condition.hpp"

#include <gtest/gtest.h>

namespace pgfold::config {
namespace {

using namespace std::chrono_literals;

alert_condition parsed(std::string_view text) {
    alert_condition_result result = parse_alert_condition(text);
    EXPECT_EQ(result.error, "") << text;
    return result.value;
}

TEST(alert_condition, an_increase_within_a_window) {
    const alert_condition rule = parsed("n_plus_one_lookups > 100 in 10m for 30s");
    ASSERT_EQ(rule.terms.size(), 1U);
    EXPECT_EQ(rule.terms[0].name, "n_plus_one_lookups_total");
    EXPECT_EQ(rule.op, comparison::more);
    EXPECT_EQ(rule.threshold, 100);
    EXPECT_EQ(rule.window, 10min);
    EXPECT_EQ(rule.hold, 30s);
}

TEST(alert_condition, names_of_metrics_in_all_their_lengths) {
    for (const char* name :
         {"pgfold_n_plus_one_lookups_total", "n_plus_one_lookups_total", "n_plus_one_lookups"})
        EXPECT_EQ(parsed(std::string(name) + ">1").terms[0].name, "n_plus_one_lookups_total");
    EXPECT_EQ(parsed("client_connections > 9").terms[0].name, "client_connections");
    EXPECT_EQ(parsed("process_resident_memory > 1GiB").terms[0].name,
              "process_resident_memory_bytes");
}

TEST(alert_condition, functions_and_ratios) {
    const alert_condition slow = parsed("p99( query_duration ) >= 250ms in 15m");
    EXPECT_EQ(slow.terms[0].function, metric_function::quantile);
    EXPECT_EQ(slow.terms[0].quantile, 0.99);
    EXPECT_EQ(slow.op, comparison::at_least);
    EXPECT_DOUBLE_EQ(slow.threshold, 0.25);
    EXPECT_EQ(parsed("mean(query_duration) > 1s").terms[0].function, metric_function::mean);
    EXPECT_EQ(parsed("rate(queries) < 1").terms[0].function, metric_function::rate);
    const alert_condition ratio = parsed("failopen / queries{kind=\"sel*\"} > 1%");
    ASSERT_EQ(ratio.terms.size(), 2U);
    EXPECT_DOUBLE_EQ(ratio.threshold, 0.01);
    EXPECT_EQ(ratio.terms[1].labels, (label_filters{{"kind", "sel*"}}));
    EXPECT_EQ(ratio.window, 5min) << "unless one is given";
}

TEST(alert_condition, a_gauge_is_what_it_is_now_unless_a_window_is_given) {
    EXPECT_EQ(parsed("client_connections > 900").window, 0ms);
    EXPECT_EQ(parsed("client_connections > 900 in 1m").window, 1min);
    EXPECT_EQ(parsed("cache_bytes > 64MiB").threshold, 67'108'864);
}

TEST(alert_condition, findings_and_requests) {
    const alert_condition fresh = parsed("new_finding{class='n_plus_one', route='/a*'} in 15m");
    EXPECT_EQ(fresh.subject, alert_subject::new_finding);
    EXPECT_EQ(fresh.labels, (label_filters{{"class", "n_plus_one"}, {"route", "/a*"}}));
    EXPECT_EQ(parsed("returned_finding").gone, 1h);
    EXPECT_EQ(parsed("returned_finding after 24h in 1h").gone, 24h);
    const alert_condition more = parsed("queries_per_request{route=\"/x\"} > 2x in 1h");
    EXPECT_TRUE(more.is_multiple);
    EXPECT_EQ(more.threshold, 2);
    EXPECT_FALSE(parsed("queries_per_request > 50").is_multiple);
}

struct mistake {
    std::string_view text;
    std::size_t at;
    std::string_view expected;
};

TEST(alert_condition, errors_say_where_and_what_was_expected) {
    for (const mistake& one : {
             mistake{"", 0, "expected a metric"},
             mistake{"n_plus_one_lookup > 1", 0, "did you mean n_plus_one_lookups"},
             mistake{"queries", 7, "expected a comparison, such as > 100, found the end"},
             mistake{"queries is 5", 8, "expected a comparison, such as > 100, found \"is\""},
             mistake{"queries > many", 10, "expected a number"},
             mistake{"queries > 5parsecs", 10, "unknown unit \"parsecs\""},
             mistake{"queries > 2x", 10, "unknown unit \"x\""},
             mistake{"queries > 5 in", 14, "expected a duration"},
             mistake{"queries > 5 in 5", 15, "expected a duration"},
             mistake{"queries > 5 in 48h", 15, "from 1s to 24h"},
             mistake{"queries > 5 in 5m in 5m", 18, "expected in, for or the end"},
             mistake{"queries > 5 after 1h", 12, "expected in, for or the end"},
             mistake{"p95(queries) > 1", 4, "no histogram"},
             mistake{"query_duration > 1", 0, "write mean(query_duration_seconds)"},
             mistake{"rate(client_connections) > 1", 5, "is a gauge"},
             mistake{"sum(queries) > 1", 0, "unknown function \"sum\""},
             mistake{"rate(queries > 1", 13, "expected \")\""},
             mistake{"queries{kind=select} > 1", 13, "expected a value in quotes"},
             mistake{"queries{kind=\"select} > 1", 13, "does not end"},
             mistake{"new_finding{color=\"red\"}", 11, "has no \"color\""},
             mistake{"queries_per_request{table=\"a\"} > 1", 19, "has no \"table\""},
             mistake{"new_finding > 5", 12, "expected in, for or the end"},
         }) {
        const alert_condition_result result = parse_alert_condition(one.text);
        EXPECT_NE(result.error.find(one.expected), std::string::npos)
            << one.text << ": " << result.error;
        EXPECT_EQ(result.at, one.at) << one.text << ": " << result.error;
    }
}

}  // namespace
}  // namespace pgfold::config
