// Which findings there have been, so that one that is new, or back after a time without it, can be
// told. What is there at the first look is known, not new, unless an earlier process has looked.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/detect/finding.hpp"
#include "config/alert_condition.hpp"
#include "proxy/alerts/alert_memory.hpp"

namespace pgfold::alerts {

struct finding_news {
    std::chrono::system_clock::time_point at;
    bool is_new = false;                   // else it is back
    std::chrono::nanoseconds gone_for{0};  // if it is back
    detect::finding found;
};

class finding_memory {
public:
    explicit finding_memory(std::size_t findings_max = 20'000) : findings_max_(findings_max) {}

    // What is new or back since the last look. Suppressed findings are no news.
    [[nodiscard]] std::vector<finding_news> observe(std::chrono::system_clock::time_point now,
                                                    const std::vector<detect::finding>& findings);

    // From one process to the next.
    [[nodiscard]] const alert_memory::findings_map& known() const { return last_seen_; }
    void restore(alert_memory::findings_map known) {
        last_seen_ = std::move(known);
        has_looked_ = true;
    }

private:
    std::size_t findings_max_;
    bool has_looked_ = false;
    alert_memory::findings_map last_seen_;  // by what findings are grouped by
};

// `suspected` findings are quiet: only a filter that names a class lets them pass.
[[nodiscard]] bool is_meant(const config::label_filters& filters, const detect::finding& found);

[[nodiscard]] std::string route_of(const detect::finding& found);

}  // namespace pgfold::alerts
