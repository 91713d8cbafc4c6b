// A judgment in the forms that people and machines read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/report/report_text.hpp"
#include "tools/guard/judgment.hpp"

namespace pgfold::guard {

enum class report_format : std::uint8_t { text, json, junit, sarif, github };

[[nodiscard]] std::string write_text(const judgment& judged, const report::text_options& style);
[[nodiscard]] std::string write_json(const judgment& judged);
[[nodiscard]] std::string write_junit(const judgment& judged);  // a test case for each label
[[nodiscard]] std::string write_sarif(const judgment& judged, std::string_view version);  // 2.1.0
// Workflow commands, of which GitHub makes annotations.
[[nodiscard]] std::string write_github(const judgment& judged);

// Words that the forms have in common.

// "N+1 in tests/test_a.py::test_b: 50 lookups of employee, one for each row of organization"
[[nodiscard]] std::string summary_of(const judged_finding& judged);
[[nodiscard]] std::string summary_of(const exceeded_budget& exceeded);
// "2 loops in 3 tags fail, 1 budget exceeded, 4 known; 1,234 queries"
[[nodiscard]] std::string summary_of(const judgment& judged);
// What is in the finding beyond that: statements and what to do, a line for each.
[[nodiscard]] std::string details_of(const judged_finding& judged);

}  // namespace pgfold::guard
