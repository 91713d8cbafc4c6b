#include "proxy/admin/metrics/statement_series.hpp"

#include <gtest/gtest.h>

#include <map>

#include "unit/admin/sample_context.hpp"

namespace pgfold::admin {
namespace {

using clock = statement_series::clock;

// Fingerprint → calls; fingerprint 0 is what the statistics themselves call other.
std::vector<statistics::statement_row> rows_of(const std::map<std::uint64_t, int>& calls) {
    std::vector<statistics::statement_row> rows;
    for (const auto& [fingerprint, count] : calls) {
        statistics::statement_row& row = rows.emplace_back();
        if (fingerprint != 0) {
            row.key.statement = make_template("q" + std::to_string(fingerprint), fingerprint);
        }
        for (int i = 0; i < count; ++i)
            row.latency.record(1000);
    }
    return rows;
}

std::map<std::string, std::uint64_t> calls_of(const std::vector<statement_series::series>& all) {
    std::map<std::string, std::uint64_t> result;
    for (const auto& series : all) {
        result[series.fingerprint == "other" ? "other" : series.fingerprint.substr(15)] =
            series.calls;
        EXPECT_EQ(series.total_ns, series.calls * 1000);
    }
    return result;
}

using calls = std::map<std::string, std::uint64_t>;

TEST(statement_series, the_top_ones_and_the_rest) {
    statement_series series(2, std::chrono::hours(1));
    const auto now = clock::now();
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 10}, {2, 5}, {3, 20}, {0, 7}}), now)),
              (calls{{"1", 10}, {"3", 20}, {"other", 12}}));
}

TEST(statement_series, a_statement_that_overtakes_does_not_make_counters_run_backwards) {
    statement_series series(1, std::chrono::hours(1));
    const auto now = clock::now();
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 10}, {2, 5}}), now)),
              (calls{{"1", 10}, {"other", 5}}));
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 11}, {2, 500}}), now)),
              (calls{{"1", 11}, {"other", 500}}));
}

TEST(statement_series, an_idle_series_gives_up_its_place) {
    statement_series series(1, std::chrono::hours(1));
    auto now = clock::now();
    (void)series.update(rows_of({{1, 10}, {2, 5}}), now);
    now += std::chrono::hours(2);
    // 2 was counted as other before: its own series begins with what is new.
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 10}, {2, 8}}), now)),
              (calls{{"2", 3}, {"other", 5}}));
    now += std::chrono::minutes(1);
    // 1 comes back and finds no place.
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 14}, {2, 8}}), now)),
              (calls{{"2", 3}, {"other", 9}}));
}

TEST(statement_series, idle_statements_do_not_take_places) {
    statement_series series(1, std::chrono::hours(1));
    auto now = clock::now();
    (void)series.update(rows_of({{1, 10}}), now);
    now += std::chrono::hours(2);
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 10}}), now)), (calls{{"other", 0}}));
}

TEST(statement_series, rows_that_move_into_other_are_not_counted_twice) {
    statement_series series(2, std::chrono::hours(1));
    const auto now = clock::now();
    (void)series.update(rows_of({{1, 10}, {2, 5}, {3, 1}}), now);
    // 2 was evicted: its calls are in the sum of the others now, and it began anew.
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 10}, {2, 1}, {3, 1}, {0, 5}}), now)),
              (calls{{"1", 10}, {"2", 5}, {"other", 2}}));
    // A snapshot taken in the middle of an eviction misses rows; the next has them again.
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 10}, {3, 1}}), now)),
              (calls{{"1", 10}, {"2", 5}, {"other", 2}}));
    EXPECT_EQ(calls_of(series.update(rows_of({{1, 12}, {3, 1}, {0, 6}}), now)),
              (calls{{"1", 12}, {"2", 5}, {"other", 2}}));
}

// Whatever happens, every series only grows and the sum never exceeds what was recorded.
TEST(statement_series, counters_never_run_backwards) {
    statement_series series(3, std::chrono::hours(1));
    auto now = clock::now();
    std::map<std::uint64_t, int> recorded;
    calls before;
    std::uint64_t state = 99;
    for (int step = 0; step < 300; ++step) {
        for (int i = 0; i < 5; ++i) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            recorded[1 + (state >> 40) % 9] += static_cast<int>((state >> 33) % 7);
        }
        if (step % 10 == 9) {  // an eviction
            const std::uint64_t evicted = 1 + (state >> 50) % 9;
            recorded[0] += recorded[evicted];
            recorded.erase(evicted);
        }
        now += std::chrono::minutes(step % 17);
        const calls shown = calls_of(series.update(rows_of(recorded), now));
        std::uint64_t total = 0, sum = 0;
        for (const auto& [fingerprint, count] : recorded)
            total += static_cast<std::uint64_t>(count);
        for (const auto& [fingerprint, count] : shown) {
            const auto known = before.find(fingerprint);
            EXPECT_GE(count, known == before.end() ? 0 : known->second) << fingerprint;
            sum += count;
        }
        EXPECT_LE(sum, total);
        EXPECT_LE(shown.size(), 4u);
        before = shown;
    }
}

}  // namespace
}  // namespace pgfold::admin
