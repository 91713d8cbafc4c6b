#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::statistics {
namespace {

// As promised by the header. Two values whose bucket is the same differ by less.
constexpr double relative_error_max = 0.06;

void expect_near(std::uint64_t actual, std::uint64_t expected, const char* what) {
    const double difference = std::abs(static_cast<double>(actual) - static_cast<double>(expected));
    EXPECT_LE(difference, relative_error_max * static_cast<double>(expected) + 1)
        << what << ": " << actual << " instead of " << expected;
}

TEST(latency_histogram, is_all_zero_when_empty) {
    const latency_histogram histogram;
    EXPECT_EQ(histogram.count(), 0u);
    EXPECT_EQ(histogram.quantile_ns(0.5), 0u);
    EXPECT_EQ(histogram.max_ns(), 0u);
}

TEST(latency_histogram, keeps_count_total_and_max_exactly) {
    latency_histogram histogram;
    for (const std::uint64_t ns : {7ull, 1'000ull, 123'456'789ull})
        histogram.record(ns);
    EXPECT_EQ(histogram.count(), 3u);
    EXPECT_EQ(histogram.total_ns(), 123'457'796u);
    EXPECT_EQ(histogram.max_ns(), 123'456'789u);
    EXPECT_EQ(histogram.quantile_ns(1.0), 123'456'789u);
}

// One value, at every power of two and just beside it, over the whole range.
TEST(latency_histogram, every_value_comes_back_within_the_error) {
    for (unsigned exponent = 0; exponent < 42; ++exponent) {
        const std::uint64_t power = std::uint64_t{1} << exponent;
        for (const std::uint64_t ns : {power - 1, power, power + 1, power + power / 2}) {
            latency_histogram histogram;
            histogram.record(ns);
            histogram.record(std::uint64_t{1} << 42);  // so that the maximum is not the answer
            expect_near(histogram.quantile_ns(0.5), ns, "median");
        }
    }
}

TEST(latency_histogram, quantiles_of_a_skewed_distribution_are_within_the_error) {
    std::mt19937_64 random(42);
    std::lognormal_distribution<double> duration(12, 1.5);  // around 160 µs, with a long tail
    latency_histogram histogram;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 100'000; ++i) {
        values.push_back(static_cast<std::uint64_t>(duration(random)));
        histogram.record(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double q : {0.001, 0.5, 0.9, 0.95, 0.99, 0.999}) {
        const auto rank =
            static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
        expect_near(histogram.quantile_ns(q), values[rank - 1], std::to_string(q).c_str());
    }
}

TEST(latency_histogram, quantiles_never_exceed_the_maximum) {
    latency_histogram histogram;
    for (int i = 0; i < 1000; ++i)
        histogram.record(1'000'003);
    for (const double q : {-1.0, 0.0, 0.5, 0.99, 1.0, 2.0}) {
        EXPECT_LE(histogram.quantile_ns(q), 1'000'003u);
        expect_near(histogram.quantile_ns(q), 1'000'003, "equal values");
    }
}

TEST(latency_histogram, values_past_the_last_bucket_count_and_keep_the_maximum) {
    latency_histogram histogram;
    histogram.record(~std::uint64_t{0} / 2);
    EXPECT_EQ(histogram.count(), 1u);
    EXPECT_EQ(histogram.quantile_ns(0.5), ~std::uint64_t{0} / 2);
}

TEST(latency_histogram, merging_equals_recording_into_one) {
    std::mt19937_64 random(7);
    latency_histogram a, b, both;
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t ns = random() >> (random() % 60);
        const std::uint64_t bounded = ns % (std::uint64_t{1} << 40);
        (i % 3 == 0 ? a : b).record(bounded);
        both.record(bounded);
    }
    a.merge(b);
    EXPECT_EQ(a.count(), both.count());
    EXPECT_EQ(a.total_ns(), both.total_ns());
    EXPECT_EQ(a.max_ns(), both.max_ns());
    for (double q = 0; q <= 1; q += 0.01)
        EXPECT_EQ(a.quantile_ns(q), both.quantile_ns(q));
}

}  // namespace
}  // namespace pgfold::statistics
