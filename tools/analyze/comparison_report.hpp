// What got worse, as text and as JSON.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "tools/analyze/comparison.hpp"

namespace pgfold::analyze {

[[nodiscard]] std::string to_text(const comparison& changes, std::size_t width);
[[nodiscard]] boost::json::object to_json(const comparison& changes);
[[nodiscard]] boost::json::object to_json(const query_habit& habit);

}  // namespace pgfold::analyze
