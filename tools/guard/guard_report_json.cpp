#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "analyzer/report/report_json.hpp"
#include "analyzer/report/utf8.hpp"
#include "tools/guard/guard_report.hpp"

namespace pgfold::guard {
namespace json = boost::json;
namespace {

json::value place_of(const source_location& place) {
    if (place.file.empty()) return nullptr;
    json::object out;
    out["file"] = report::to_valid_utf8(place.file);
    out["line"] = place.line == 0 ? json::value(nullptr) : json::value(place.line);
    return out;
}

json::object object_of(const judged_finding& judged) {
    json::object out = report::to_json(judged.found);
    out["tag"] = report::to_valid_utf8(judged.label);
    out["verdict"] = to_string(judged.outcome);
    out["location"] = place_of(judged.place);
    return out;
}

json::object object_of(const exceeded_budget& exceeded) {
    json::object out;
    out["tag"] = report::to_valid_utf8(exceeded.label);
    out["budget"] = exceeded.what;
    out["limit"] = exceeded.limit;
    out["actual"] = exceeded.actual;
    out["reason"] = exceeded.reason.empty() ? json::value(nullptr) : json::value(exceeded.reason);
    return out;
}

}  // namespace

std::string write_json(const judgment& judged) {
    json::object document;
    document["passed"] = !judged.fails();
    document["command_status"] = judged.command_status;
    json::array& findings = document["findings"].emplace_array();
    for (const judged_finding& one : judged.findings)
        findings.push_back(object_of(one));
    json::array& exceeded = document["exceeded"].emplace_array();
    for (const exceeded_budget& one : judged.exceeded)
        exceeded.push_back(object_of(one));
    json::array& queries = document["queries"].emplace_array();
    for (const auto& [label, count] : judged.queries) {
        json::object one;
        one["tag"] = report::to_valid_utf8(label);
        one["queries"] = count;
        queries.push_back(std::move(one));
    }
    json::array& gone = document["baseline_not_seen"].emplace_array();
    for (const baseline_entry& entry : judged.gone) {
        json::object one;
        one["class"] = entry.kind;
        one["fingerprint"] = entry.fingerprint;
        one["query"] = entry.query;
        gone.push_back(std::move(one));
    }
    return json::serialize(document) + '\n';
}

}  // namespace pgfold::guard
