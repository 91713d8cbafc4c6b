// The families of /metrics, built from counters. Names are fixed: dashboards are written for them.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "proxy/admin/admin_context.hpp"
#include "proxy/admin/metrics/statement_series.hpp"

namespace pgfold::admin {

using metric_families = std::vector<prometheus::MetricFamily>;

// Summed over all threads.
void add_traffic_metrics(const admin_context& context, metric_families& families);
void add_cache_metrics(const admin_context& context, metric_families& families);
void add_folding_metrics(const admin_context& context, metric_families& families);
// None when nothing is captured.
void add_capture_metrics(const admin_context& context, metric_families& families);
void add_replication_metrics(const admin_context& context, metric_families& families);
void add_finding_metrics(const admin_context& context, metric_families& families);
void add_statement_metrics(const std::vector<statement_series::series>& series,
                           metric_families& families);
// process_*, under the names that Prometheus' own client libraries use.
void add_alert_metrics(const admin_context& context, metric_families& families);
void add_process_metrics(metric_families& families);

}  // namespace pgfold::admin
