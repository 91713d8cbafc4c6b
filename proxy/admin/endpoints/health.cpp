#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string_view>

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

namespace {

std::string_view to_string(freshness::stream_state state) {
    switch (state) {
        case freshness::stream_state::closed:
            return "not followed";
        case freshness::stream_state::following:
            return "followed";
        case freshness::stream_state::given_up:
            return "ttl";
    }
    return "";
}

// It takes nobody out of service: without it more is asked of the server, that is all.
boost::json::array changes(const admin_context& context) {
    boost::json::array all;
    for (const stream_snapshot& stream : context.streams()) {
        boost::json::object one;
        one["database"] = stream.database;
        one["state"] = to_string(stream.status.state);
        if (!stream.status.reason.empty()) one["reason"] = stream.status.reason;
        if (stream.status.state == freshness::stream_state::following)
            one["tables"] = stream.status.covered;
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace

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
    if (call.context.streams)
        if (auto followed = changes(call.context); !followed.empty())
            body["changes"] = std::move(followed);
    return json_response(body, reachable && !draining ? 200 : 503);
}

}  // namespace pgfold::admin
