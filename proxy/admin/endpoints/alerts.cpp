#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/json_values.hpp"
#include "proxy/alerts/alert_message.hpp"

namespace pgfold::admin {
namespace {

boost::json::object to_json(const alerts::alert_status& alert) {
    return {{"name", alert.name},
            {"when", alert.when},
            {"state", alerts::to_string(alert.phase)},
            {"value", alert.has_value ? boost::json::value(alert.value) : nullptr},
            {"since", alerts::rfc3339(alert.since)},
            {"notify", to_array(alert.notify)},
            {"details", to_array(alert.details)}};
}

boost::json::object to_json(const alerts::receiver_status& receiver) {
    return {{"name", receiver.name},
            {"kind", receiver.kind},
            {"switched_on", receiver.switched_on},
            {"delivered", receiver.delivered},
            {"failed", receiver.failed},
            {"last_error", text_or_null(receiver.last_error)}};
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
    return json_response({{"alerts", std::move(all)}, {"receivers", std::move(receivers)}});
}

}  // namespace pgfold::admin
