// A finding as the admin API shows it: the report's, and when the lookups of one loop ran.
#pragma once

#include <boost/json/object.hpp>

#include "analyzer/detect/finding.hpp"

namespace pgfold::admin {

[[nodiscard]] boost::json::object finding_json(const detect::finding& finding);

}  // namespace pgfold::admin
