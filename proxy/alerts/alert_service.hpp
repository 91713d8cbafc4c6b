// Alerts of a running pgfold: one thread that looks every second, and one for each receiver. None
// of them is on the way of a query.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "proxy/alerts/alert_engine.hpp"
#include "proxy/alerts/receiver_worker.hpp"

namespace pgfold::alerts {

struct alert_sources {
    std::function<std::shared_ptr<const config::settings>()> settings;  // in force now
    std::function<metric_snapshot()> metrics;
    std::function<std::vector<detect::finding>()> findings;
    std::function<std::vector<statistics::request_row>()> requests;
    std::function<void(const std::string&)> info, warn;  // for the log
};

class alert_service {
public:
    explicit alert_service(alert_sources sources);
    ~alert_service();
    alert_service(const alert_service&) = delete;
    alert_service& operator=(const alert_service&) = delete;

    // Any thread.
    [[nodiscard]] std::vector<alert_status> alerts() const;
    [[nodiscard]] std::vector<receiver_status> receivers() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

// Tells all receivers of the alert `name` that this is a test, now and in this thread. What came of
// it, one line each; `failed` counts those that did not take it. `name` may be a receiver's, too.
struct test_outcome {
    std::vector<std::string> lines;
    std::size_t failed = 0;
};
[[nodiscard]] test_outcome send_test_alert(const config::settings& settings,
                                           const std::string& name);

}  // namespace pgfold::alerts
