// The live view as JSON: one second, all that is remembered, and the totals since the start.
#pragma once

#include <boost/json/object.hpp>
#include <deque>

#include "proxy/admin/live/traffic_totals.hpp"

namespace pgfold::admin {

[[nodiscard]] boost::json::object to_json(const traffic_sample& sample);
// By column, which is a third of the size: {"at_ms": […], "queries_per_s": […], …}
[[nodiscard]] boost::json::object to_json(const std::deque<traffic_sample>& samples);
[[nodiscard]] boost::json::object to_json(const traffic_totals& totals,
                                          const detect::detector_hub::totals& findings);

}  // namespace pgfold::admin
