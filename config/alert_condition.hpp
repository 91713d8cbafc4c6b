// What an alert waits for, as users write it:
//
//     n_plus_one_lookups > 100 in 5m               increase of a counter within a window
//     rate(queries_total{kind="insert"}) > 50      per second; the window is 5m unless it is given
//     failopen_total / queries_total > 1% for 10m  a ratio of increases; true for so long
//     p99(query_duration_seconds) > 250ms in 15m   p50, p90, p95, p99 or mean of a histogram
//     client_connections > 900                     a gauge now, or with `in` its mean
//     new_finding{class="n_plus_one"} in 15m       a loop that was not there before
//     returned_finding{route="/orders*"} after 1h  one that was gone for so long is back
//     queries_per_request{route="/*"} > 2x in 1h   twice as many as in the window before
//
// Metrics are named as in /metrics, without `pgfold_`, and `_total` and `_seconds` may be left out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgfold::config {

enum class alert_subject : std::uint8_t {
    metric,
    new_finding,
    returned_finding,
    queries_per_request
};
enum class comparison : std::uint8_t { more, at_least, less, at_most };
enum class metric_function : std::uint8_t { plain, rate, mean, quantile };

using label_filters = std::vector<std::pair<std::string, std::string>>;  // values are glob patterns

struct metric_term {
    std::string name;  // as in /metrics, without pgfold_
    metric_function function = metric_function::plain;
    double quantile = 0;
    label_filters labels;
};

struct alert_condition {
    alert_subject subject = alert_subject::metric;
    std::vector<metric_term> terms;  // one, or two whose ratio is meant
    label_filters labels;            // of findings and requests
    comparison op = comparison::more;
    double threshold = 0;                 // seconds, bytes, fractions of one
    bool is_multiple = false;             // the threshold is a multiple of the window before: 2x
    std::chrono::milliseconds window{0};  // 0: now
    std::chrono::milliseconds hold{0};    // for how long it must be true
    std::chrono::milliseconds gone{0};    // of returned_finding
};

struct alert_condition_result {
    alert_condition value;
    std::string error;   // what was expected and what was found; empty: valid
    std::size_t at = 0;  // byte of the text where it went wrong
};

[[nodiscard]] alert_condition_result parse_alert_condition(std::string_view text);

// Globs of labels match as in suppress rules: `*` stands for anything.
[[nodiscard]] bool matches(const std::string& pattern, const std::string& value);

}  // namespace pgfold::config
