#include "proxy/admin/metrics/metrics_exporter.hpp"

#include <prometheus/text_serializer.h>

#include <sstream>

#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {
namespace {

constexpr std::size_t statement_series_max = 200;
constexpr std::chrono::hours statement_series_idle_after{1};

}  // namespace

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
    add_finding_metrics(context, families);
    add_statement_metrics(implementation_->statements.update(statistics::merge(context.statistics),
                                                             statement_series::clock::now()),
                          families);
    const reload_totals reloads = context.reloads ? context.reloads() : reload_totals{};
    families.push_back(counter_family("config_reloads_total", "Reloads of the configuration.")
                           .add("outcome", "success", static_cast<double>(reloads.succeeded))
                           .add("outcome", "failure", static_cast<double>(reloads.failed))
                           .take());
    families.push_back(gauge_family("build_info", "1; the labels say which pgfold this is.")
                           .add("version", context.version, 1)
                           .take());
    add_process_metrics(families);
    std::ostringstream out;
    implementation_->serializer.Serialize(out, families);
    return std::move(out).str();
}

}  // namespace pgfold::admin
