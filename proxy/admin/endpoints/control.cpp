#include <boost/json/object.hpp>

#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/json_values.hpp"

namespace pgfold::admin {

http_response post_reload(const endpoint_call& call) {
    if (!call.context.reload) return error_response(501, "not available in this process");
    const reload_outcome outcome = call.context.reload();
    boost::json::object body;
    body["reloaded"] = outcome.ok;
    if (!outcome.ok) {
        body["error"] = "the configuration has errors; the old one stays";
        body["errors"] = to_array(outcome.errors);
        return json_response(body, 422);
    }
    body["needs_restart"] = to_array(outcome.needs_restart);
    body["for_new_connections"] = to_array(outcome.for_new_connections);
    return json_response(body);
}

http_response post_drain(const endpoint_call& call) {
    if (!call.context.drain) return error_response(501, "not available in this process");
    call.context.drain();
    boost::json::object body;
    body["draining"] = true;
    return json_response(body, 202);
}

}  // namespace pgfold::admin
