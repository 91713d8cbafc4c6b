// The part of a history that a person needs to see why an answer was wrong.
#pragma once

#include <string>

#include "tests/consistency/checker/history.hpp"
#include "tests/consistency/checker/row_timeline.hpp"

namespace pgfold::consistency {

[[nodiscard]] std::string describe_row(row_id row);
[[nodiscard]] std::string describe_time(nanoseconds time);
[[nodiscard]] std::string describe_read(const read_operation& read, const history& part);
// The versions of a row around one of them, each with its transaction.
[[nodiscard]] std::string describe_versions(const row_timeline& timeline, const history& part,
                                            rank around);
[[nodiscard]] std::string describe_evidence(const frontier_point& point, const history& part);

}  // namespace pgfold::consistency
