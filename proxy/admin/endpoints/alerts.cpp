#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/alerts/alert_message.hpp"

namespace pgfold::admin {
namespace {

boost::json::array to_array(const std::vector<std::string>& values) {
    boost::json::array array;
    for (const std::string& value : values)
        array.emplace_back(value);
    return array;
}

boost::json::object to_json(const alerts::alert_status& alert) {
    boost::json::object out;
    out["name"] = alert.name;
    out["when"] = alert.when;
    out["state"] = alerts::to_string(alert.phase);
    out["value"] = alert.has_value ? boost::json::value(alert.value) : nullptr;
    out["since"] = alerts::rfc3339(alert.since);
    out["notify"] = to_array(alert.notify);
    out["details"] = to_array(alert.details);
    return out;
}

boost::json::object to_json(const alerts::receiver_status& receiver) {
    boost::json::object out;
    out["name"] = receiver.name;
    out["kind"] = receiver.kind;
    out["switched_on"] = receiver.switched_on;
    out["delivered"] = receiver.delivered;
    out["failed"] = receiver.failed;
    out["last_error"] =
        receiver.last_error.empty() ? nullptr : boost::json::value(receiver.last_error);
    return out;
}

}  // namespace

http_response get_alerts(const endpoint_call& call) {
    if (!call.context.alerts || !call.context.receivers)
        return error_response(501, "not available in this process");
    boost::json::array all;
    for (const alerts::alert_status& alert : call.context.alerts())
        all.emplace_back(to_json(alert));
    boost::json::array receivers;
    for (const alerts::receiver_status& receiver : call.context.receivers())
        receivers.emplace_back(to_json(receiver));
    boost::json::object body;
    body["alerts"] = std::move(all);
    body["receivers"] = std::move(receivers);
    return json_response(body);
}

}  // namespace pgfold::admin
