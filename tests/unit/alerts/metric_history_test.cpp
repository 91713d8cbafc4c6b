#include "proxy/alerts/metric_history.hpp"

#include <gtest/gtest.h>

namespace pgfold::alerts {
namespace {

using namespace std::chrono_literals;

class metric_history_test : public testing::Test {
protected:
    static metric_history history(std::string_view text) {
        auto rule = config::parse_alert_condition(text).value;
        return {rule.terms.at(0), rule.window};
    }
    static metric_snapshot reading(const std::string& name, double value) {
        return {{name, {{{}, value, 0, {}}}}};
    }
    static metric_snapshot durations(double fast, double slow, double sum) {
        return {{"query_duration_seconds",
                 {{{}, fast + slow, sum, {{0.01, fast}, {0.1, fast + slow}}}}}};
    }
    const time_point start{std::chrono::hours(1000)};
};

TEST_F(metric_history_test, a_counter_counts_within_its_window) {
    metric_history lookups = history("n_plus_one_lookups > 1 in 1m");
    EXPECT_FALSE(lookups.value());
    for (int second = 0; second <= 300; ++second)
        lookups.observe(start + std::chrono::seconds(second),
                        reading("n_plus_one_lookups_total", 1000 + 2 * second));
    EXPECT_NEAR(*lookups.value(), 120, 4);
}

TEST_F(metric_history_test, what_was_there_before_does_not_count) {
    metric_history lookups = history("n_plus_one_lookups > 1 in 5m");
    lookups.observe(start, reading("n_plus_one_lookups_total", 5000));
    EXPECT_EQ(lookups.value(), 0);
    lookups.observe(start + 1s, reading("n_plus_one_lookups_total", 5007));
    EXPECT_EQ(lookups.value(), 7);
}

TEST_F(metric_history_test, a_rate_is_per_second) {
    metric_history queries = history("rate(queries) > 1 in 1m");
    queries.observe(start, reading("queries_total", 0));
    EXPECT_FALSE(queries.value()) << "no time has passed";
    queries.observe(start + 10s, reading("queries_total", 500));
    EXPECT_DOUBLE_EQ(*queries.value(), 50);
}

TEST_F(metric_history_test, a_gauge_now_and_its_mean) {
    metric_history now = history("client_connections > 1");
    metric_history mean = history("client_connections > 1 in 1m");
    for (const auto& [second, value] : {std::pair(0, 10.0), {10, 20.0}, {20, 60.0}}) {
        now.observe(start + std::chrono::seconds(second), reading("client_connections", value));
        mean.observe(start + std::chrono::seconds(second), reading("client_connections", value));
    }
    EXPECT_EQ(now.value(), 60);
    EXPECT_EQ(mean.value(), 30);
}

TEST_F(metric_history_test, quantiles_and_means_of_what_came_meanwhile) {
    metric_history half = history("p50(query_duration) > 1");
    metric_history p99 = history("p99(query_duration) > 1");
    metric_history mean = history("mean(query_duration) > 1");
    for (metric_history* one : {&half, &p99, &mean}) {
        one->observe(start, durations(1000, 1000, 500));
        EXPECT_FALSE(one->value()) << "nothing came";
        one->observe(start + 5s, durations(1090, 1010, 501));
    }
    EXPECT_NEAR(*half.value(), 0.01 * 50 / 90, 1e-9);
    EXPECT_NEAR(*p99.value(), 0.01 + 0.09 * 9 / 10, 1e-9);
    EXPECT_NEAR(*mean.value(), 0.01, 1e-9);
}

TEST_F(metric_history_test, labels_choose_series) {
    metric_history selects = history("queries{kind=\"sel*\"} > 1");
    const auto both = [](double select, double insert) {
        return metric_snapshot{
            {"queries_total",
             {{{{"kind", "select"}}, select, 0, {}}, {{{"kind", "insert"}}, insert, 0, {}}}}};
    };
    selects.observe(start, both(1, 1));
    selects.observe(start + 1s, both(4, 100));
    EXPECT_EQ(selects.value(), 3);
}

}  // namespace
}  // namespace pgfold::alerts
