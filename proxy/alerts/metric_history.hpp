// One side of a condition over time: the readings of one metric term, as far back as its window
// reaches, thinned out so that a window of a day costs no more than one of a minute.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "config/alert_condition.hpp"
#include "proxy/alerts/metric_snapshot.hpp"

namespace pgfold::alerts {

using time_point = std::chrono::system_clock::time_point;

class metric_history {
public:
    metric_history(config::metric_term term, std::chrono::milliseconds window);

    void observe(time_point now, const metric_snapshot& metrics);
    // Over the window that ends with the last reading; nothing where there is nothing to compute
    // from, such as the p99 of no samples.
    [[nodiscard]] std::optional<double> value() const;

private:
    struct reading {
        time_point at;
        double value = 0, sum = 0;
        std::vector<std::pair<double, double>> buckets;
    };
    [[nodiscard]] reading read(time_point now, const metric_snapshot& metrics) const;
    [[nodiscard]] std::optional<double> quantile(const reading& base) const;
    [[nodiscard]] std::optional<double> gauge() const;

    config::metric_term term_;
    std::chrono::milliseconds window_, step_;
    bool is_gauge_ = false;
    std::deque<reading> readings_;  // the first is the window's begin, or older
    reading last_;
};

}  // namespace pgfold::alerts
