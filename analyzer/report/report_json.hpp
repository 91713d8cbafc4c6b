// Findings and statements as JSON: the one form that `/api/v1/…` and `pgfold analyze --format json`
// print. Keys keep their order.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "analyzer/detect/finding.hpp"
#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::report {

[[nodiscard]] boost::json::object to_json(const detect::finding& finding);

// {"fingerprint", "query", "kind", "tables", "database", "user", "route", "calls", "total_ms",
//  "mean_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms", "rows", "bytes", "errors"}. A row without a
// statement (what did not fit into the table) has "fingerprint": "other" and "query": null.
[[nodiscard]] boost::json::object to_json(const statistics::statement_row& row);

// RFC 3339 in UTC with microseconds: "2024-03-01T12:00:00.000123Z".
[[nodiscard]] std::string to_rfc3339(detect::timestamp at);

}  // namespace pgfold::report
