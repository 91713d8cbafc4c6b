#include <map>

#include "analyzer/report/text_layout.hpp"
#include "tools/guard/guard_report.hpp"

namespace pgfold::guard {
namespace {

constexpr std::size_t labels_shown = 10;

// One loop, whoever ran it.
struct loop_group {
    const judged_finding* largest = nullptr;
    std::vector<const judged_finding*> all;
};

std::vector<loop_group> group_failing(const judgment& judged) {
    std::vector<loop_group> groups;
    std::map<baseline_entry, std::size_t> known;
    for (const judged_finding& one : judged.findings) {
        if (one.outcome != verdict::fails) continue;
        const auto [at, is_new] = known.emplace(entry_of(one.found), groups.size());
        if (is_new) groups.emplace_back();
        loop_group& group = groups[at->second];
        group.all.push_back(&one);
        if (group.largest == nullptr || one.found.lookups > group.largest->found.lookups)
            group.largest = &one;
    }
    return groups;
}

std::string place_text(const source_location& place) {
    if (place.file.empty()) return {};
    return place.file + (place.line == 0 ? "" : ':' + std::to_string(place.line));
}

}  // namespace

std::string write_text(const judgment& judged, const report::text_options& style) {
    std::string out;
    std::size_t number = 0;
    for (const loop_group& group : group_failing(judged)) {
        out += '\n' + report::to_text(group.largest->found, ++number, style);
        if (const std::string place = place_text(group.largest->place); !place.empty())
            out += "   at         " + place + '\n';
        if (group.all.size() < 2) continue;
        out += "   in         " + report::counted(group.all.size(), "tag") + ":\n";
        for (std::size_t i = 0; i < group.all.size() && i < labels_shown; ++i) {
            const judged_finding& one = *group.all[i];
            out += "              " +
                   report::shortened(one.label.empty() ? "(none)" : one.label, style.width) + ", " +
                   report::counted(one.found.lookups, "lookup") + '\n';
        }
        if (group.all.size() > labels_shown) {
            out += "              … and " +
                   report::with_thousands(group.all.size() - labels_shown) + " more\n";
        }
    }
    if (!judged.exceeded.empty()) out += "\nBudgets exceeded\n";
    for (const exceeded_budget& one : judged.exceeded) {
        out += "   " + report::shortened(summary_of(one), 1000);
        if (!one.reason.empty()) out += " (" + one.reason + ')';
        out += '\n';
    }
    if (!out.empty()) out += '\n';
    return out + "pgfold guard: " + summary_of(judged) + '\n';
}

}  // namespace pgfold::guard
