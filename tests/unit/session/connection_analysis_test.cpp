#include "proxy/session/connection_analysis.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::session {
namespace {

using namespace std::chrono_literals;

class connection_analysis_test : public ::testing::Test {
protected:
    connection_analysis_test() {
        settings_->slow_after = 50ms;
        settings_->on_slow_query = [this](const slow_query& q) { slow_.push_back(q.duration); };
        analysis_.on_session_start({1, "shop", "app", "", ""}, at(0us));
    }
    [[nodiscard]] static detect::timestamp at(std::chrono::nanoseconds since) {
        return detect::timestamp(std::chrono::hours(24 * 365 * 50)) + since;
    }
    void start(detect::execution_id id, std::chrono::nanoseconds when) {
        analysis_.on_execution_start({.id = id, .statement = statement_, .at = at(when)});
    }
    [[nodiscard]] statistics::statement_row row() const {
        const auto rows = statistics::merge({&statistics_});
        EXPECT_EQ(rows.size(), 1U);
        return rows.empty() ? statistics::statement_row{} : rows.front();
    }

    sql::statement_analyzer analyzer_{sql::make_template_table()};
    sql::template_ptr statement_ = analyzer_.analyze("SELECT a FROM t WHERE b = 1").statement;
    statistics::statistics_shard statistics_;
    telemetry::thread_counters counters_;
    std::vector<std::chrono::nanoseconds> slow_;
    std::shared_ptr<analysis_settings> settings_ = std::make_shared<analysis_settings>();
    connection_analysis analysis_{settings_, statistics_, nullptr, counters_};
};

TEST_F(connection_analysis_test, a_statement_costs_the_time_of_the_server) {
    start(1, 0us);
    start(2, 0us);
    analysis_.on_execution_end({.id = 1, .at = at(300us), .began = at(0us), .rows = 2});
    analysis_.on_execution_end({.id = 2, .at = at(400us), .began = at(300us), .rows = 3});
    EXPECT_EQ(row().latency.count(), 2U);
    EXPECT_EQ(row().latency.total_ns(), 400'000U);
    EXPECT_EQ(row().latency.max_ns(), 300'000U);
    EXPECT_EQ(row().rows, 5U);
}

TEST_F(connection_analysis_test, a_local_answer_is_a_call_of_the_time_that_the_client_saw) {
    start(1, 0us);
    start(2, 1000us);
    analysis_.on_execution_end({.id = 1, .at = at(300us), .began = at(0us), .rows = 2});
    analysis_.on_execution_end({.id = 2, .at = at(1003us), .rows = 3, .bytes = 7, .local = true});
    EXPECT_EQ(row().latency.count(), 2U);
    EXPECT_EQ(row().latency.total_ns(), 303'000U);
    EXPECT_EQ(row().rows, 5U);
    EXPECT_EQ(row().bytes, 7U);
    EXPECT_EQ(row().errors, 0U);
}

TEST_F(connection_analysis_test, slow_is_what_the_client_waited_for_long_whoever_answered) {
    start(1, 0us);
    analysis_.on_execution_end({.id = 1, .at = at(49ms), .local = true});
    EXPECT_TRUE(slow_.empty());
    start(2, 100ms);
    analysis_.on_execution_end({.id = 2, .at = at(151ms), .local = true});
    ASSERT_EQ(slow_.size(), 1U);
    EXPECT_EQ(slow_[0], 51ms);
}

TEST_F(connection_analysis_test, what_the_server_skipped_is_no_call) {
    start(1, 0us);
    analysis_.on_execution_end({.id = 1, .at = at(1us), .began = at(0us), .skipped = true});
    EXPECT_TRUE(statistics::merge({&statistics_}).empty());
}

}  // namespace
}  // namespace pgfold::session
