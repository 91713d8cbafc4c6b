// Loops without a parent, judged by numbers alone: how many executions one window held and how
// many different arguments they had.
#pragma once

#include <cstdint>
#include <optional>

#include "analyzer/detect/loop_report.hpp"

namespace pgfold::detect {

struct repetition_rules {
    std::uint32_t equal_min = 5;  // executions with the same arguments, or writes in a transaction
    std::uint32_t distinct_min =
        10;  // lookups with different keys, or writes outside a transaction
    bool transaction = false;
};

// `only_keys_vary`: the statement compares keys, they vary, and nothing else does.
[[nodiscard]] std::optional<finding_class> classify_repetition(
    const sql::statement_template& statement, const lookup_totals& totals, bool only_keys_vary,
    const repetition_rules& rules);

}  // namespace pgfold::detect
