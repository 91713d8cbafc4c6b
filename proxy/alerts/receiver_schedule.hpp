// When one receiver is told what. No thread, no clock: what happens together is told together, what
// goes on is told again, and what could not be delivered is tried again, later and later.
//
// Holds at most one entry per alert, however long a receiver is dead.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proxy/alerts/alert_engine.hpp"

namespace pgfold::alerts {

class receiver_schedule {
public:
    static constexpr std::chrono::seconds retry_first{1};
    static constexpr std::chrono::minutes retry_longest{5};
    static constexpr int attempts_max = 20;  // about an hour

    void set_group_wait(std::chrono::milliseconds wait) { group_wait_ = wait; }
    void add(const alert_event& event, time_point now);

    [[nodiscard]] std::optional<time_point> due() const;
    // What to tell now; empty before it is due.
    [[nodiscard]] std::vector<alert_event> take(time_point now);
    // How telling it went. False when it is given up.
    [[nodiscard]] bool delivered(bool success, time_point now);

private:
    struct entry {
        alert_event event;
        bool untold = true;
        bool taken = false;  // is being told
        time_point told;
    };
    std::chrono::milliseconds group_wait_{5'000};
    std::map<std::string, entry> entries_;  // by the alert's name
    std::optional<time_point> due_;
    int attempts_ = 0;
};

}  // namespace pgfold::alerts
