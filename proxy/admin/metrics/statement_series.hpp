// Which statements have a time series of their own in /metrics.
//
// A label value for every statement would be without bound, and "the top N of this moment, the rest
// as other" would let counters run backwards, which Prometheus takes for a restart. So a statement
// that once has a series keeps it while it is in use, `other` only ever grows by what the others
// did since the last scrape, and a series that was idle for long gives up its place.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::admin {

class statement_series {
public:
    using clock = std::chrono::steady_clock;
    struct series {
        std::string fingerprint;  // or "other"
        std::uint64_t calls = 0;
        std::uint64_t total_ns = 0;
    };

    explicit statement_series(std::size_t series_max, std::chrono::seconds idle_after);

    // `rows` is everything that was recorded since the start. The last series is `other`.
    [[nodiscard]] std::vector<series> update(const std::vector<statistics::statement_row>& rows,
                                             clock::time_point now);

private:
    struct amount {
        std::uint64_t calls = 0;
        std::uint64_t total_ns = 0;
        // What came on top of `seen`, which then follows. Evictions can make sums smaller; what
        // was counted once is not counted again.
        amount take_growth(const amount& now);
        amount& operator+=(const amount& other);
    };
    struct exported {
        amount shown;
        amount seen;
        clock::time_point last_growth;
    };

    // Gives free places away; what the new series show from the start.
    amount admit(const std::map<std::string, amount>& sums, clock::time_point now);

    std::size_t series_max_;
    std::chrono::seconds idle_after_;
    std::map<std::string, exported> exported_;
    std::map<std::string, amount> previous_;  // sums of the last update
    amount total_seen_, other_;
};

}  // namespace pgfold::admin
