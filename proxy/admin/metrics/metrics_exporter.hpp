// `/metrics`: what the threads count, summed at the moment of a scrape, in Prometheus' text format.
// Used from one thread.
#pragma once

#include <memory>
#include <string>

#include "proxy/admin/admin_context.hpp"

namespace pgfold::admin {

class metrics_exporter {
public:
    // `context` must outlive the exporter.
    explicit metrics_exporter(const admin_context& context);
    ~metrics_exporter();

    [[nodiscard]] std::string render();
    static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

// The same for alerts to compute with, without what is told by statement. Any thread.
[[nodiscard]] alerts::metric_snapshot read_metrics(const admin_context& context);

}  // namespace pgfold::admin
