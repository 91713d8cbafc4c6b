// What a class of findings is called.
#pragma once

#include <string_view>

#include "analyzer/detect/finding.hpp"

namespace pgfold::report {

[[nodiscard]] std::string_view title_of(detect::finding_class c);  // "Suspected N+1"
[[nodiscard]] std::string_view noun_of(detect::finding_class c);   // of each execution: "lookup"

}  // namespace pgfold::report
