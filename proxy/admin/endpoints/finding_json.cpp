#include "proxy/admin/endpoints/finding_json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>

#include "analyzer/report/report_json.hpp"
#include "analyzer/report/statement_tables.hpp"
#include "analyzer/report/utf8.hpp"

namespace pgfold::admin {
namespace {

double milliseconds(std::chrono::nanoseconds time) {
    return std::round(static_cast<double>(time.count()) / 1e3) / 1e3;
}

// Times count from the arrival of the rows that are looped over, or from the first lookup where
// there are none or they are from long ago.
boost::json::value timeline_json(const detect::loop_timeline& timeline) {
    if (timeline.lookups.empty()) return nullptr;
    const detect::timestamp first = timeline.lookups.front().start;
    const auto length = timeline.end - first;
    const auto lead = first - timeline.parent_arrived;
    const bool near = lead.count() >= 0 && lead <= std::max(length, decltype(length)(1'000'000));
    const detect::timestamp origin = near ? timeline.parent_arrived : first;
    boost::json::array lookups;
    for (const auto& lookup : timeline.lookups) {
        boost::json::object one;
        one["start_ms"] = milliseconds(lookup.start - origin);
        one["duration_ms"] = milliseconds(lookup.duration);
        one["folded"] = lookup.local;
        lookups.push_back(std::move(one));
    }
    boost::json::object out;
    out["from_parent"] = near;
    out["span_ms"] = milliseconds(timeline.end - origin);
    out["total_lookups"] = timeline.total;
    out["lookups"] = std::move(lookups);
    return out;
}

}  // namespace

boost::json::object finding_json(const detect::finding& finding) {
    boost::json::object out = report::to_json(finding);
    if (finding.parent.statement) {
        boost::json::array tables;
        for (const std::string& name : report::table_names(*finding.parent.statement))
            tables.emplace_back(report::to_valid_utf8(name));
        out["parent"].as_object()["tables"] = std::move(tables);
    }
    out["timeline"] = timeline_json(finding.timeline);
    return out;
}

}  // namespace pgfold::admin
