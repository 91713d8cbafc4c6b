#include <boost/json/object.hpp>

#include "analyzer/report/report_json.hpp"
#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"

namespace pgfold::admin {

http_response get_health(const endpoint_call& call) {
    boost::json::object body;
    body["status"] = "ok";
    body["version"] = call.context.version;
    return json_response(body);
}

http_response get_readiness(const endpoint_call& call) {
    const bool draining = call.context.draining && call.context.draining();
    const bool reachable = call.upstream && call.upstream->reachable;
    boost::json::object upstream;
    upstream["reachable"] = reachable;
    if (!call.upstream) {
        upstream["reason"] = "no answer from PostgreSQL yet";
    } else if (!reachable) {
        upstream["reason"] = call.upstream->reason;
    }
    if (call.upstream) {
        upstream["checked"] = report::to_rfc3339(
            std::chrono::time_point_cast<std::chrono::nanoseconds>(call.upstream->checked));
    }
    boost::json::object body;
    body["ready"] = reachable && !draining;
    body["draining"] = draining;
    body["upstream"] = std::move(upstream);
    return json_response(body, reachable && !draining ? 200 : 503);
}

}  // namespace pgfold::admin
