#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/endpoints/finding_json.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/query_filter.hpp"

namespace pgfold::admin {
namespace {

std::string_view route_of(const detect::finding& finding) {
    for (const auto& [key, value] : finding.tags) {
        if (key == "route") return value;
    }
    return {};
}

bool is_class(const std::string& name) {
    using detect::finding_class;
    for (const finding_class known : {finding_class::n_plus_one, finding_class::suspected,
                                      finding_class::duplicate, finding_class::write_loop}) {
        if (detect::to_string(known) == name) return true;
    }
    return false;
}

}  // namespace

http_response get_findings(const endpoint_call& call) {
    const auto limit = read_limit(call.target);
    if (!limit) return error_response(400, limit_problem);
    const std::vector<std::string> classes = read_list(call.target, "class");
    for (const std::string& name : classes) {
        if (is_class(name)) continue;
        return error_response(400,
                              "class must be one of n_plus_one, suspected, duplicate, write_loop");
    }
    const std::string_view suppressed = call.target.parameter("suppressed");
    if (!suppressed.empty() && suppressed != "true" && suppressed != "false") {
        return error_response(400, "suppressed must be true or false");
    }
    const text_filter database(call.target, "database");
    const text_filter user(call.target, "user");
    const text_filter route(call.target, "route");

    boost::json::array list;
    std::size_t total = 0;
    const auto findings =
        call.context.findings ? call.context.findings() : std::vector<detect::finding>();
    for (const detect::finding& finding : findings) {
        const std::string_view name = detect::to_string(finding.kind);
        if (!classes.empty() && std::find(classes.begin(), classes.end(), name) == classes.end()) {
            continue;
        }
        if (!suppressed.empty() && (suppressed == "true") == finding.suppressed_because.empty()) {
            continue;
        }
        if (!database.matches(finding.database) || !user.matches(finding.user) ||
            !route.matches(route_of(finding))) {
            continue;
        }
        ++total;
        if (list.size() < *limit) list.emplace_back(finding_json(finding));
    }
    boost::json::object body;
    body["findings"] = std::move(list);
    body["total"] = total;
    return json_response(body);
}

}  // namespace pgfold::admin
