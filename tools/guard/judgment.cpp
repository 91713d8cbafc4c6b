#include "tools/guard/judgment.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "proxy/session/query_tally.hpp"

namespace pgfold::guard {
namespace {

using loop_set = std::set<baseline_entry>;

verdict first_verdict(const detect::finding& found, const baseline_entry& entry,
                      const judgment_rules& rules, const loop_set& known) {
    if (!found.suppressed_because.empty()) return verdict::suppressed;
    if (std::find(rules.classes.begin(), rules.classes.end(), found.kind) == rules.classes.end())
        return verdict::quiet;
    return known.contains(entry) ? verdict::known : verdict::fails;
}

}  // namespace

std::string_view to_string(verdict v) {
    switch (v) {
        case verdict::fails:
            return "fails";
        case verdict::known:
            return "known";
        case verdict::within_budget:
            return "within_budget";
        case verdict::suppressed:
            return "suppressed";
        case verdict::quiet:
            return "quiet";
    }
    return "";
}

bool judgment::fails() const {
    return !exceeded.empty() || count(verdict::fails) != 0;
}

std::size_t judgment::count(verdict outcome) const {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const judged_finding& f) { return f.outcome == outcome; }));
}

judgment judge(observed seen, const judgment_rules& rules) {
    judgment result;
    result.queries = std::move(seen.queries);
    const loop_set known(rules.known.begin(), rules.known.end());
    loop_set gone = known;
    std::map<std::string, std::uint64_t> lookups;  // that would fail, by label
    for (detect::finding& found : seen.findings) {
        judged_finding judged;
        judged.label = session::label_of(found.tags);
        judged.place = locate(found.tags, judged.label);
        const baseline_entry entry = entry_of(found);
        judged.outcome = first_verdict(found, entry, rules, known);
        gone.erase(entry);
        if (judged.outcome == verdict::fails) lookups[judged.label] += found.lookups;
        judged.found = std::move(found);
        result.findings.push_back(std::move(judged));
    }
    result.gone.assign(gone.begin(), gone.end());
    const bool unlabelled = std::all_of(result.queries.begin(), result.queries.end(),
                                        [](const auto& one) { return one.first.empty(); });
    const auto exceed = [&](const budget_rule& budget, std::string_view what, std::uint64_t limit,
                            std::uint64_t actual) {
        result.exceeded.push_back(
            {budget.tag, what, limit, actual, budget.reason, locate({}, budget.tag)});
    };
    for (const auto& [label, queries] : result.queries) {
        const budget_rule budget = budget_of(rules.limits, label, unlabelled);
        if (budget.max_queries != no_limit && queries > budget.max_queries)
            exceed(budget, "max_queries", budget.max_queries, queries);
    }
    for (const auto& [label, count] : lookups) {
        const budget_rule budget = budget_of(rules.limits, label, unlabelled);
        if (budget.max_lookups == no_limit) continue;
        if (count > budget.max_lookups) {
            exceed(budget, "max_lookups", budget.max_lookups, count);
            continue;
        }
        for (judged_finding& judged : result.findings)
            if (judged.label == label && judged.outcome == verdict::fails)
                judged.outcome = verdict::within_budget;
    }
    std::stable_sort(
        result.findings.begin(), result.findings.end(),
        [](const judged_finding& a, const judged_finding& b) { return a.outcome < b.outcome; });
    return result;
}

}  // namespace pgfold::guard
