#include "tools/guard/guard_report.hpp"

#include <set>

#include "analyzer/report/finding_words.hpp"
#include "analyzer/report/statement_tables.hpp"
#include "analyzer/report/text_layout.hpp"

namespace pgfold::guard {
namespace {

std::string first_table(const sql::statement_template& statement) {
    const auto tables = report::table_names(statement);
    return tables.empty() ? std::string() : tables.front();
}

}  // namespace

std::string summary_of(const judged_finding& judged) {
    const detect::finding& f = judged.found;
    std::string text(report::title_of(f.kind));
    if (!judged.label.empty()) text += " in " + judged.label;
    text += ": " + report::counted(f.lookups, report::noun_of(f.kind));
    if (const std::string table = first_table(*f.statement); !table.empty()) text += " of " + table;
    if (f.parent.statement) {
        const std::string parent = first_table(*f.parent.statement);
        text += ", one for each row of " + (parent.empty() ? "an earlier result" : parent);
    }
    return text;
}

std::string summary_of(const exceeded_budget& exceeded) {
    return (exceeded.label.empty() ? std::string("the run") : exceeded.label) + ": " +
           report::with_thousands(exceeded.actual) +
           (exceeded.what == "max_queries" ? " queries" : " lookups in loops") + ", " +
           std::string(exceeded.what) + " is " + report::with_thousands(exceeded.limit);
}

std::string summary_of(const judgment& judged) {
    std::set<baseline_entry> loops;
    std::set<std::string> labels;
    for (const judged_finding& one : judged.findings) {
        if (one.outcome != verdict::fails) continue;
        loops.insert(entry_of(one.found));
        labels.insert(one.label);
    }
    std::string text = loops.empty() ? "no loop fails" : report::counted(loops.size(), "loop");
    if (!loops.empty()) {
        text += loops.size() == 1 ? " fails" : " fail";
        labels.erase("");
        if (!labels.empty()) text += " in " + report::counted(labels.size(), "tag");
    }
    const auto add = [&](std::size_t count, const std::string& what) {
        if (count != 0) text += ", " + std::to_string(count) + what;
    };
    add(judged.exceeded.size(),
        judged.exceeded.size() == 1 ? " budget exceeded" : " budgets exceeded");
    add(judged.count(verdict::known), " in the baseline");
    add(judged.count(verdict::within_budget), " within budget");
    add(judged.count(verdict::suppressed), " suppressed");
    std::uint64_t queries = 0;
    for (const auto& [label, count] : judged.queries)
        queries += count;
    text += "; " + report::with_thousands(queries) + (queries == 1 ? " query" : " queries");
    if (!judged.gone.empty()) {
        text += "; " + report::counted(judged.gone.size(), "loop") +
                " of the baseline not seen: write it anew when that is for good";
    }
    return text;
}

std::string details_of(const judged_finding& judged) {
    const detect::finding& f = judged.found;
    std::string text;
    if (f.parent.statement) text += "for each of: " + f.parent.statement->normalized_text + '\n';
    text += "it ran: " + f.statement->normalized_text + '\n';
    if (!f.advice.batched_query.empty()) text += "once: " + f.advice.batched_query + '\n';
    if (!f.advice.text.empty()) text += "fix: " + f.advice.text + '\n';
    return text;
}

}  // namespace pgfold::guard
