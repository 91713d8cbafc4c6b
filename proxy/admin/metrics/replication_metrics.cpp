#include <chrono>

#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {

using freshness::stream_state;

void add_replication_metrics(const admin_context& context, metric_families& families) {
    if (!context.streams) return;
    const auto now = std::chrono::steady_clock::now();
    family_builder lag = gauge_family(
        "replication_lag_seconds",
        "For how long it is not known what writers beside pgfold have done, by database.");
    family_builder up =
        gauge_family("replication_up", "Whether the changes of a database are followed: 1 or 0.");
    for (const stream_snapshot& stream : context.streams()) {
        const auto& status = stream.status;
        up.add("database", stream.database, status.state == stream_state::following ? 1 : 0);
        if (status.known == freshness::steady_time{} || status.state == stream_state::given_up)
            continue;
        lag.add("database", stream.database,
                std::chrono::duration<double>(now - status.known).count());
    }
    families.push_back(lag.take());
    families.push_back(up.take());
}

}  // namespace pgfold::admin
