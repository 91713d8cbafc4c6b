// What a test, a route or a job may cost, by its tag:
//
//     max_queries: 100                          # for every tag that no rule below speaks of
//     budgets:
//       - {tag: "tests/test_report.py::*", max_queries: 400, max_lookups: 60, reason: "nightly"}
//
// A tag is a glob pattern; the first rule that matches counts, and what it leaves open is as for
// all. `max_lookups` allows loops: as long as the loops of the tag have no more lookups together,
// they are no failure.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.hpp"

namespace pgfold::guard {

inline constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

struct budget_rule {
    std::string tag, reason;
    std::uint32_t max_queries = no_limit, max_lookups = no_limit;
};

struct budgets {
    std::uint32_t max_queries = no_limit, max_lookups = no_limit;
    std::vector<budget_rule> rules;
};

struct budget_result {
    budgets value;
    std::vector<config::load_error> errors;  // file:line:column: message
};

[[nodiscard]] budget_result load_budgets(const std::string& file);

// What holds for a label. `only`: nothing else is labelled, so that the limits for all are limits
// of the whole run; otherwise they do not hold for what has no label, such as setting up.
[[nodiscard]] budget_rule budget_of(const budgets& all, std::string_view label, bool only);

}  // namespace pgfold::guard
