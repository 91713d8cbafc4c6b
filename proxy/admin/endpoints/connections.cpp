#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "analyzer/report/report_json.hpp"
#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/json_values.hpp"
#include "proxy/admin/query_filter.hpp"

namespace pgfold::admin {
namespace {

std::string_view transaction_name(char status) {
    switch (status) {
        case 'T':
            return "in_transaction";
        case 'E':
            return "failed";
        default:
            return "none";
    }
}

boost::json::object to_json(const connection_snapshot& connection) {
    return {{"id", connection.id},
            {"client_address", connection.client_address},
            {"server_address", text_or_null(connection.server_address)},
            {"database", connection.database},
            {"user", connection.user},
            {"application_name", connection.application_name},
            {"state", to_string(connection.state)},
            {"transaction_status", transaction_name(connection.transaction_status)},
            {"client_tls", connection.client_tls},
            {"server_tls", connection.server_tls},
            {"since", report::to_rfc3339(connection.since)},
            {"last_activity", report::to_rfc3339(connection.last_activity)},
            {"current_query", text_or_null(connection.current_query)},
            {"queries", connection.queries},
            {"bytes_from_client", connection.bytes_from_client},
            {"bytes_to_client", connection.bytes_to_client}};
}

}  // namespace

http_response get_connections(const endpoint_call& call) {
    if (!call.context.connections) return error_response(501, "not available in this process");
    const auto limit = read_limit(call.target);
    if (!limit) return error_response(400, limit_problem);
    const text_filter database(call.target, "database");
    const text_filter user(call.target, "user");
    const text_filter application(call.target, "application_name");
    const text_filter state(call.target, "state");

    std::vector<connection_snapshot> connections = call.context.connections();
    std::sort(connections.begin(), connections.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    boost::json::array list;
    std::size_t total = 0;
    for (const connection_snapshot& connection : connections) {
        if (!database.matches(connection.database) || !user.matches(connection.user) ||
            !application.matches(connection.application_name) ||
            !state.matches(to_string(connection.state))) {
            continue;
        }
        ++total;
        if (list.size() < *limit) list.emplace_back(to_json(connection));
    }
    boost::json::object body;
    body["connections"] = std::move(list);
    body["total"] = total;
    return json_response(body);
}

}  // namespace pgfold::admin
