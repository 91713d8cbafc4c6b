// SARIF 2.1.0, which GitHub's code scanning, GitLab and editors read. What does not fail is in it
// too: as unchanged, as suppressed, or as a note.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "analyzer/report/utf8.hpp"
#include "tools/guard/guard_report.hpp"

namespace pgfold::guard {
namespace json = boost::json;
namespace {

struct rule {
    std::string_view id, name, description;
};

constexpr rule rules[] = {
    {"n_plus_one", "NPlusOne",
     "A statement is run once for each row of an earlier result. Fetch all of it with one."},
    {"suspected", "SuspectedNPlusOne",
     "A statement is run again and again with different arguments of unknown origin."},
    {"duplicate", "DuplicateQueries",
     "The same statement is run with the same arguments again and again."},
    {"write_loop", "WriteLoop", "Rows are written one at a time. Write them with one statement."},
    {"max_queries", "TooManyQueries", "More queries than the budget allows."},
    {"max_lookups", "TooManyLookups", "More lookups in loops than the budget allows."},
};

json::object text_of(std::string_view text) {
    json::object out;
    out["text"] = report::to_valid_utf8(text);
    return out;
}

json::array rules_array() {
    json::array all;
    for (const rule& one : rules) {
        json::object out;
        out["id"] = one.id;
        out["name"] = one.name;
        out["shortDescription"] = text_of(one.description);
        json::object level;
        level["level"] = "error";
        out["defaultConfiguration"] = std::move(level);
        all.push_back(std::move(out));
    }
    return all;
}

// A path as a URI reference: what it cannot hold is %-encoded.
std::string uri_of(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain = "-._~/!$&'()*+,=:@";
    std::string uri = path.starts_with('/') ? "file://" : "";
    for (const char c : path) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            plain.find(c) != std::string_view::npos) {
            uri += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        uri += '%';
        uri += digits[byte >> 4];
        uri += digits[byte & 15];
    }
    return uri;
}

json::array locations_of(const source_location& place, const std::string& label) {
    json::object location;
    if (!place.file.empty()) {
        json::object artifact, physical;
        artifact["uri"] = uri_of(place.file);
        physical["artifactLocation"] = std::move(artifact);
        json::object region;
        region["startLine"] = place.line == 0 ? 1U : place.line;
        physical["region"] = std::move(region);
        location["physicalLocation"] = std::move(physical);
    }
    if (!label.empty()) {
        json::object logical;
        logical["fullyQualifiedName"] = report::to_valid_utf8(label);
        location["logicalLocations"] = json::array{std::move(logical)};
    }
    return location.empty() ? json::array() : json::array{std::move(location)};
}

json::object result_of(const judged_finding& judged) {
    const detect::finding& f = judged.found;
    json::object out;
    out["ruleId"] = detect::to_string(f.kind);
    const bool counts = judged.outcome == verdict::fails || judged.outcome == verdict::known;
    out["level"] = counts ? "error" : "note";
    out["message"] = text_of(summary_of(judged) + ".\n" + details_of(judged));
    out["locations"] = locations_of(judged.place, judged.label);
    const baseline_entry entry = entry_of(f);
    json::object fingerprints;
    fingerprints["pgfoldLoop/v1"] = entry.kind + '/' + entry.fingerprint + '/' +
                                    entry.parent_fingerprint + '/' +
                                    report::to_valid_utf8(judged.label);
    out["partialFingerprints"] = std::move(fingerprints);
    out["baselineState"] = judged.outcome == verdict::known ? "unchanged" : "new";
    if (judged.outcome == verdict::suppressed) {
        json::object suppression;
        suppression["kind"] = "external";
        suppression["justification"] = report::to_valid_utf8(f.suppressed_because);
        out["suppressions"] = json::array{std::move(suppression)};
    }
    json::object properties;
    properties["verdict"] = to_string(judged.outcome);
    properties["lookups"] = f.lookups;
    properties["totalMilliseconds"] = f.total_ms;
    out["properties"] = std::move(properties);
    return out;
}

json::object result_of(const exceeded_budget& exceeded) {
    json::object out;
    out["ruleId"] = exceeded.what;
    out["level"] = "error";
    out["message"] = text_of(summary_of(exceeded));
    out["locations"] = locations_of(exceeded.place, exceeded.label);
    json::object fingerprints;
    fingerprints["pgfoldBudget/v1"] =
        std::string(exceeded.what) + '/' + report::to_valid_utf8(exceeded.label);
    out["partialFingerprints"] = std::move(fingerprints);
    return out;
}

}  // namespace

std::string write_sarif(const judgment& judged, std::string_view version) {
    json::object driver;
    driver["name"] = "pgfold";
    driver["version"] = version;
    driver["rules"] = rules_array();
    json::object tool;
    tool["driver"] = std::move(driver);
    json::array results;
    for (const judged_finding& one : judged.findings)
        results.push_back(result_of(one));
    for (const exceeded_budget& one : judged.exceeded)
        results.push_back(result_of(one));
    json::object run;
    run["tool"] = std::move(tool);
    json::object invocation;
    invocation["executionSuccessful"] = true;
    invocation["exitCode"] = judged.command_status;
    run["invocations"] = json::array{std::move(invocation)};
    run["results"] = std::move(results);
    json::object document;
    document["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
    document["version"] = "2.1.0";
    document["runs"] = json::array{std::move(run)};
    return json::serialize(document) + '\n';
}

}  // namespace pgfold::guard
