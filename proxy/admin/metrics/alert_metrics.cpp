#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {

void add_alert_metrics(const admin_context& context, metric_families& families) {
    double firing = 0;
    if (context.alerts)
        for (const alerts::alert_status& alert : context.alerts())
            if (alert.phase == alerts::alert_phase::firing) ++firing;
    families.push_back(gauge_family("alerts_firing", "Alerts that fire now. See /api/v1/alerts.")
                           .add(firing)
                           .take());
    double delivered = 0;
    double failed = 0;
    if (context.receivers) {
        for (const alerts::receiver_status& receiver : context.receivers()) {
            delivered += static_cast<double>(receiver.delivered);
            failed += static_cast<double>(receiver.failed);
        }
    }
    families.push_back(
        counter_family("notifications_total", "Attempts to tell somebody of alerts, by outcome.")
            .add("outcome", "delivered", delivered)
            .add("outcome", "failed", failed)
            .take());
}

}  // namespace pgfold::admin
