#include "proxy/admin/metrics/metrics_exporter.hpp"

#include <prometheus/text_serializer.h>

#include <sstream>
#include <string_view>

#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {
namespace {

constexpr std::size_t statement_series_max = 200;
constexpr std::chrono::hours statement_series_idle_after{1};

void add_build_metrics(const admin_context& context, metric_families& families) {
    const reload_totals reloads = context.reloads ? context.reloads() : reload_totals{};
    families.push_back(counter_family("config_reloads_total", "Reloads of the configuration.")
                           .add("outcome", "success", static_cast<double>(reloads.succeeded))
                           .add("outcome", "failure", static_cast<double>(reloads.failed))
                           .take());
    families.push_back(gauge_family("build_info", "1; the labels say which pgfold this is.")
                           .add("version", context.version, 1)
                           .take());
}

alerts::metric_series series_of(prometheus::MetricType type, const prometheus::ClientMetric& from) {
    alerts::metric_series series;
    for (const auto& label : from.label)
        series.labels.emplace_back(label.name, label.value);
    if (type == prometheus::MetricType::Histogram) {
        series.value = static_cast<double>(from.histogram.sample_count);
        series.sum = from.histogram.sample_sum;
        for (const auto& bucket : from.histogram.bucket)
            series.buckets.emplace_back(bucket.upper_bound,
                                        static_cast<double>(bucket.cumulative_count));
    } else {
        series.value =
            type == prometheus::MetricType::Gauge ? from.gauge.value : from.counter.value;
    }
    return series;
}

}  // namespace

alerts::metric_snapshot read_metrics(const admin_context& context) {
    constexpr std::string_view prefix = "pgfold_";
    metric_families families;
    add_traffic_metrics(context, families);
    add_folding_metrics(context, families);
    add_capture_metrics(context, families);
    add_replication_metrics(context, families);
    add_finding_metrics(context, families);
    add_build_metrics(context, families);
    add_process_metrics(families);
    alerts::metric_snapshot result;
    for (const prometheus::MetricFamily& family : families) {
        std::string_view name = family.name;
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
        auto& series = result[std::string(name)];
        for (const prometheus::ClientMetric& metric : family.metric)
            series.push_back(series_of(family.type, metric));
    }
    return result;
}

struct metrics_exporter::implementation {
    const admin_context& context;
    statement_series statements{statement_series_max, statement_series_idle_after};
    prometheus::TextSerializer serializer;
};

metrics_exporter::metrics_exporter(const admin_context& context)
    : implementation_(new implementation{context}) {}

metrics_exporter::~metrics_exporter() = default;

std::string metrics_exporter::render() {
    const admin_context& context = implementation_->context;
    metric_families families;
    add_traffic_metrics(context, families);
    add_folding_metrics(context, families);
    add_capture_metrics(context, families);
    add_replication_metrics(context, families);
    add_cache_metrics(context, families);
    add_finding_metrics(context, families);
    add_statement_metrics(implementation_->statements.update(statistics::merge(context.statistics),
                                                             statement_series::clock::now()),
                          families);
    add_alert_metrics(context, families);
    add_build_metrics(context, families);
    add_process_metrics(families);
    std::ostringstream out;
    implementation_->serializer.Serialize(out, families);
    return std::move(out).str();
}

}  // namespace pgfold::admin
