// What a receiver gets to read: one message for all that happened together.
#pragma once

#include <string>
#include <vector>

#include "proxy/alerts/alert_engine.hpp"

namespace pgfold::alerts {

struct message_origin {
    std::string host;      // where pgfold runs
    std::string receiver;  // its name
    bool is_test = false;
};

[[nodiscard]] std::string subject_of(const std::vector<alert_event>& events,
                                     const message_origin& from);
[[nodiscard]] std::string text_of(const std::vector<alert_event>& events,
                                  const message_origin& from);
[[nodiscard]] std::string slack_json(const std::vector<alert_event>& events,
                                     const message_origin& from);
[[nodiscard]] std::string webhook_json(const std::vector<alert_event>& events,
                                       const message_origin& from, time_point now);
// RFC 5322, lines ended by CRLF.
[[nodiscard]] std::string mail(const std::vector<alert_event>& events, const message_origin& from,
                               const config::notify_receiver& to, time_point now);

// RFC 3339, UTC.
[[nodiscard]] std::string rfc3339(time_point at);

}  // namespace pgfold::alerts
