// Judges the configured conditions. No thread, no clock, no network: readings in, events out.
//
//     inactive ─ condition true ─► pending ─ true for `for` ─► firing ─ no longer ─► inactive
//                                                              └ event           └ event
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/finding.hpp"
#include "analyzer/statistics/statement_statistics.hpp"
#include "config/config.hpp"
#include "proxy/alerts/alert_memory.hpp"
#include "proxy/alerts/metric_history.hpp"
#include "proxy/alerts/metric_snapshot.hpp"

namespace pgfold::alerts {

enum class alert_phase : std::uint8_t { inactive, pending, firing };
[[nodiscard]] std::string_view to_string(alert_phase phase);

struct alert_status {
    std::string name, when;
    std::vector<std::string> notify;
    alert_phase phase = alert_phase::inactive;
    bool has_value = false;
    double value = 0;                  // of the condition's left side; of findings, how many
    time_point since;                  // of the phase
    std::vector<std::string> details;  // what it is about: findings, routes
};

// Something to tell: an alert has begun to fire, or has ended.
struct alert_event {
    alert_status alert;
    std::chrono::milliseconds repeat{0};
    time_point started, ended;  // ended: when it has
    bool has_ended = false;
};

struct observation {
    metric_snapshot metrics;
    std::vector<detect::finding> findings;
    std::vector<statistics::request_row> requests;
};

class alert_engine {
public:
    alert_engine();
    ~alert_engine();
    alert_engine(const alert_engine&) = delete;
    alert_engine& operator=(const alert_engine&) = delete;

    // A rule that is as it was goes on where it is; one that is no more ends.
    [[nodiscard]] std::vector<alert_event> configure(const std::vector<config::alert_rule>& rules,
                                                     time_point now);
    [[nodiscard]] std::vector<alert_event> observe(time_point now, const observation& seen);
    [[nodiscard]] std::vector<alert_status> statuses() const;

    // From one process to the next; restore() before anything else.
    [[nodiscard]] alert_memory memory() const;
    void restore(alert_memory before);

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::alerts
