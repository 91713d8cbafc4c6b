#include <boost/json/object.hpp>

#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/live/live_json.hpp"
#include "proxy/admin/live/live_view.hpp"
#include "proxy/admin/query_filter.hpp"

namespace pgfold::admin {

http_response get_events(const endpoint_call& call) {
    http_response response;
    response.events = call.live.join();
    if (!response.events) return error_response(503, "too many listeners");
    response.content_type = "text/event-stream";
    response.body = "retry: 1000\nevent: totals\ndata: " + call.live.totals_json() + "\n\n";
    return response;
}

http_response get_history(const endpoint_call& call) {
    std::deque<traffic_sample> samples = call.live.history();
    if (!call.target.parameter("limit").empty()) {
        const auto limit = read_limit(call.target);
        if (!limit) return error_response(400, limit_problem);
        if (samples.size() > *limit)
            samples.erase(samples.begin(), samples.end() - static_cast<std::ptrdiff_t>(*limit));
    }
    boost::json::object body;
    body["interval_ms"] = call.live.interval().count();
    body["samples"] = to_json(samples);
    body["totals"] = call.live.totals();
    return json_response(body);
}

}  // namespace pgfold::admin
