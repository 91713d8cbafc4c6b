// Which findings a user has asked not to hear about, and why.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/detector.hpp"

namespace pgfold::detect {

// The reason of the first rule that matches the finding; empty when none does.
[[nodiscard]] std::string suppression_reason(const std::vector<suppression>& rules,
                                             const finding& f);

// What the tags say the request is: route, else controller#action, else action.
[[nodiscard]] std::string route_of(const sql::tag_list& tags);

}  // namespace pgfold::detect
