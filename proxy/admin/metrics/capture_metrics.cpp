#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {

void add_capture_metrics(const admin_context& context, metric_families& families) {
    if (!context.capture) return;
    const capture::capture_totals totals = context.capture();
    families.push_back(gauge_family("capture_active",
                                    "Whether traffic is being captured: 0 after the disk was full "
                                    "or too slow.")
                           .add(totals.active ? 1 : 0)
                           .take());
    families.push_back(counter_family("capture_bytes_total", "Bytes written to capture files.")
                           .add(static_cast<double>(totals.bytes))
                           .take());
    families.push_back(counter_family("capture_conversations_total", "Conversations captured.")
                           .add(static_cast<double>(totals.conversations))
                           .take());
    families.push_back(counter_family("capture_files_total", "Capture files begun.")
                           .add(static_cast<double>(totals.files))
                           .take());
}

}  // namespace pgfold::admin
