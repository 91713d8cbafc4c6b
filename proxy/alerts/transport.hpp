// Brings one message to one receiver, by HTTP or SMTP. Blocks, but not for long: for the threads of
// the receivers, and for `pgfold check --send-test-alert`.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "proxy/alerts/alert_engine.hpp"

namespace pgfold::alerts {

// Whether the receiver has somewhere to send to: an empty URL switches it off.
[[nodiscard]] bool is_switched_on(const config::notify_receiver& to);

// Why it failed, or empty. Never shows a URL or a password. `stop` ends it early.
[[nodiscard]] std::string deliver(const config::notify_receiver& to,
                                  const std::vector<alert_event>& events, bool is_test,
                                  const std::atomic<bool>& stop);

// sha256=<HMAC-SHA256 of the body, in hex>
[[nodiscard]] std::string signature_of(const std::string& body, const std::string& key);

}  // namespace pgfold::alerts
