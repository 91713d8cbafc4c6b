// What was observed, held against the budgets and the baseline: what fails the command, and why the
// rest does not.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/finding.hpp"
#include "tools/guard/baseline.hpp"
#include "tools/guard/budget.hpp"
#include "tools/guard/guarded_proxy.hpp"
#include "tools/guard/source_location.hpp"

namespace pgfold::guard {

enum class verdict : std::uint8_t {
    fails,
    known,          // in the baseline
    within_budget,  // max_lookups allows it
    suppressed,     // by the configuration or in the statement
    quiet,          // of a class that was not asked for
};
[[nodiscard]] std::string_view to_string(verdict v);

struct judged_finding {
    detect::finding found;
    std::string label;  // the tag, the route or the application_name; empty: none
    source_location place;
    verdict outcome = verdict::fails;
};

struct exceeded_budget {
    std::string label;
    std::string_view what;  // "max_queries" or "max_lookups"
    std::uint64_t limit = 0, actual = 0;
    std::string reason;  // of the rule
    source_location place;
};

struct judgment {
    std::vector<judged_finding> findings;  // those that fail first
    std::vector<exceeded_budget> exceeded;
    std::map<std::string, std::uint64_t> queries;  // by label
    baseline gone;                                 // in the baseline, but not seen
    int command_status = 0;

    [[nodiscard]] bool fails() const;
    [[nodiscard]] std::size_t count(verdict outcome) const;
};

struct judgment_rules {
    std::vector<detect::finding_class> classes = {detect::finding_class::n_plus_one};
    budgets limits;
    baseline known;
};

[[nodiscard]] judgment judge(observed seen, const judgment_rules& rules);

}  // namespace pgfold::guard
