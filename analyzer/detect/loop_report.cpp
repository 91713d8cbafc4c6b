#include "analyzer/detect/loop_report.hpp"

#include <algorithm>

namespace pgfold::detect {
namespace {

bool is_write(sql::statement_kind kind) {
    return kind == sql::statement_kind::insert || kind == sql::statement_kind::update ||
           kind == sql::statement_kind::delete_ || kind == sql::statement_kind::merge;
}

std::vector<std::string> names_of(const sql::statement_template& statement,
                                  const std::vector<std::uint8_t>& keys) {
    std::vector<std::string> names;
    for (const std::uint8_t key : keys)
        names.push_back(statement.keys[key].column);
    return names;
}

void draw(const lookup_record& lookup, loop_timeline& timeline) {
    timeline.lookups.push_back({lookup.start, lookup.duration, lookup.local});
    timeline.end = std::max(timeline.end, lookup.start + lookup.duration);
}

void finish(loop_timeline& timeline) {
    timeline.total = timeline.lookups.size();
    std::sort(timeline.lookups.begin(), timeline.lookups.end(),
              [](const auto& a, const auto& b) { return a.start < b.start; });
    if (timeline.lookups.size() > loop_timeline::lookups_max)
        timeline.lookups.resize(loop_timeline::lookups_max);
}

}  // namespace

loop_report report_proof(const loop_proof& proof, const loop_origin& origin, bool attribute) {
    loop_report report;
    report.kind = is_write(origin.statement->kind) || !origin.statement->tables_written.empty()
                      ? finding_class::write_loop
                      : finding_class::n_plus_one;
    report.origin = origin;
    report.parent = proof.parent;
    report.parent_columns = proof.column_names;
    report.key_columns = names_of(*origin.statement, proof.keys);
    for (const auto& column : proof.columns)
        report.key_types.push_back(column.type_oid);
    report.runs = proof.runs;
    report.distinct = proof.distinct;
    lookup_totals totals;
    for (const auto& l : proof.lookups)
        totals.add(l.lookup);
    report.lookups = totals.lookups;
    report.rows = totals.rows;
    report.folded = totals.local;
    report.duration = totals.duration;
    report.first = totals.first;
    report.last = totals.last;
    report.elapsed =
        report.last - std::min(report.first, proof.runs > 0 ? proof.parent_arrived : report.first);
    report.avoidable = report.lookups - std::min(report.lookups, report.runs);
    for (const auto& l : proof.lookups)
        draw(l.lookup, report.timeline);
    finish(report.timeline);
    report.timeline.parent_arrived = proof.parent_arrived;
    if (!attribute) return report;
    for (const auto& l : proof.lookups) {
        attribution a;
        a.connection_id = l.lookup.connection_id;
        a.lookup = l.lookup.id;
        a.kind = report.kind;
        a.parent_connection_id = l.parent_connection_id;
        a.parent = l.parent;
        for (std::size_t i = 0; i < proof.columns.size(); ++i) {
            a.columns.push_back({proof.columns[i].table_oid, proof.columns[i].attribute,
                                 proof.positions.columns[i]});
        }
        a.child_statement = origin.statement;
        a.parent_statement = proof.parent;
        report.attributions.push_back(std::move(a));
    }
    return report;
}

loop_report report_repetition(finding_class kind, const lookup_totals& totals,
                              const loop_origin& origin, const std::vector<std::uint8_t>& keys) {
    loop_report report;
    report.kind = kind;
    report.origin = origin;
    report.key_columns = names_of(*origin.statement, keys);
    report.runs = 1;
    report.lookups = totals.lookups;
    report.distinct = totals.distinct;
    report.rows = totals.rows;
    report.folded = totals.local;
    report.duration = totals.duration;
    report.elapsed = totals.last - totals.first;
    report.first = totals.first;
    report.last = totals.last;
    report.avoidable = totals.lookups - 1;
    return report;
}

loop_timeline timeline_of(const std::vector<lookup_record>& lookups) {
    loop_timeline timeline;
    for (const lookup_record& lookup : lookups)
        draw(lookup, timeline);
    finish(timeline);
    return timeline;
}

void attribute(loop_report& report, const std::vector<lookup_record>& lookups) {
    for (const auto& lookup : lookups) {
        attribution a;
        a.connection_id = lookup.connection_id;
        a.lookup = lookup.id;
        a.kind = report.kind;
        a.child_statement = report.origin.statement;
        report.attributions.push_back(std::move(a));
    }
}

}  // namespace pgfold::detect
