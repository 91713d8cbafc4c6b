#include "proxy/alerts/metric_history.hpp"

#include <algorithm>

#include "proxy/telemetry/metric_names.hpp"

namespace pgfold::alerts {
namespace {

using namespace std::chrono_literals;
using config::metric_function;

constexpr int readings_per_window = 60;

bool is_gauge(const std::string& name) {
    const auto found =
        std::find_if(telemetry::metric_names.begin(), telemetry::metric_names.end(),
                     [&](const telemetry::metric_name& known) { return known.name == name; });
    return found != telemetry::metric_names.end() && found->kind == telemetry::metric_kind::gauge;
}

bool has_labels(const metric_series& series, const config::label_filters& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& filter) {
        return std::any_of(series.labels.begin(), series.labels.end(), [&](const auto& label) {
            return label.first == filter.first && config::matches(filter.second, label.second);
        });
    });
}

}  // namespace

metric_history::metric_history(config::metric_term term, std::chrono::milliseconds window)
    : term_(std::move(term)),
      window_(window),
      step_(std::max<std::chrono::milliseconds>(window / readings_per_window, 1s)),
      is_gauge_(is_gauge(term_.name)) {}

metric_history::reading metric_history::read(time_point now, const metric_snapshot& metrics) const {
    reading result;
    result.at = now;
    const auto found = metrics.find(term_.name);
    if (found == metrics.end()) return result;
    for (const metric_series& series : found->second) {
        if (!has_labels(series, term_.labels)) continue;
        result.value += series.value;
        result.sum += series.sum;
        if (result.buckets.empty()) {
            result.buckets = series.buckets;
            continue;
        }
        for (std::size_t i = 0; i < std::min(result.buckets.size(), series.buckets.size()); ++i)
            result.buckets[i].second += series.buckets[i].second;
    }
    return result;
}

void metric_history::observe(time_point now, const metric_snapshot& metrics) {
    last_ = read(now, metrics);
    if (readings_.empty() || now - readings_.back().at >= step_) readings_.push_back(last_);
    // The newest reading that is as old as the window is where it begins.
    while (readings_.size() > 1 && now - readings_[1].at >= window_)
        readings_.pop_front();
}

std::optional<double> metric_history::gauge() const {
    if (window_.count() == 0) return last_.value;
    double sum = last_.value;
    double count = 1;
    for (const reading& one : readings_) {
        if (last_.at - one.at > window_ || one.at == last_.at) continue;
        sum += one.value;
        ++count;
    }
    return sum / count;
}

std::optional<double> metric_history::value() const {
    if (readings_.empty()) return std::nullopt;
    if (is_gauge_) return gauge();
    const reading& base = readings_.front();
    const double increase = std::max(0.0, last_.value - base.value);
    switch (term_.function) {
        case metric_function::plain:
            return increase;
        case metric_function::rate: {
            const double seconds = std::chrono::duration<double>(last_.at - base.at).count();
            if (seconds <= 0) return std::nullopt;
            return increase / seconds;
        }
        case metric_function::mean:
            if (increase <= 0) return std::nullopt;
            return (last_.sum - base.sum) / increase;
        case metric_function::quantile:
            return quantile(base);
    }
    return std::nullopt;
}

// Linear within the bucket, as Prometheus does it; beyond the last bound it is that bound.
std::optional<double> metric_history::quantile(const reading& base) const {
    const double total = last_.value - base.value;
    if (total <= 0) return std::nullopt;
    const double rank = total * term_.quantile;
    double below = 0;
    double lower = 0;
    for (std::size_t i = 0; i < last_.buckets.size(); ++i) {
        const auto& [upper, samples] = last_.buckets[i];
        const double before = i < base.buckets.size() ? base.buckets[i].second : 0;
        const double up_to = samples - before;
        if (up_to >= rank && up_to > below)
            return lower + (upper - lower) * (rank - below) / (up_to - below);
        below = up_to;
        lower = upper;
    }
    return lower;
}

}  // namespace pgfold::alerts
