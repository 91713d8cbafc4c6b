#include "proxy/admin/metrics/family_builder.hpp"

namespace pgfold::admin {

family_builder::family_builder(std::string name, std::string help, prometheus::MetricType type) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = type;
}

family_builder& family_builder::add(double value) {
    return add({}, {}, value);
}

family_builder& family_builder::add(std::string_view label, std::string_view label_value,
                                    double value) {
    prometheus::ClientMetric metric;
    if (!label.empty()) metric.label.push_back({std::string(label), std::string(label_value)});
    if (family_.type == prometheus::MetricType::Gauge) {
        metric.gauge.value = value;
    } else {
        metric.counter.value = value;
    }
    return add(std::move(metric));
}

family_builder& family_builder::add(prometheus::ClientMetric metric) {
    family_.metric.push_back(std::move(metric));
    return *this;
}

family_builder counter_family(std::string_view name, std::string help) {
    return {"pgfold_" + std::string(name), std::move(help), prometheus::MetricType::Counter};
}

family_builder gauge_family(std::string_view name, std::string help) {
    return {"pgfold_" + std::string(name), std::move(help), prometheus::MetricType::Gauge};
}

}  // namespace pgfold::admin
