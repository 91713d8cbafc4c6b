// Small steps to a prometheus::MetricFamily.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>

namespace pgfold::admin {

class family_builder {
public:
    family_builder(std::string name, std::string help, prometheus::MetricType type);

    family_builder& add(double value);  // without a label
    family_builder& add(std::string_view label, std::string_view label_value, double value);
    family_builder& add(prometheus::ClientMetric metric);
    [[nodiscard]] prometheus::MetricFamily take() { return std::move(family_); }

private:
    prometheus::MetricFamily family_;
};

// Names without the prefix pgfold_.
[[nodiscard]] family_builder counter_family(std::string_view name, std::string help);
[[nodiscard]] family_builder gauge_family(std::string_view name, std::string help);

}  // namespace pgfold::admin
