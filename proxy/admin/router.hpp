// From a request to an endpoint, or to the error that HTTP has for it.
#pragma once

#include <variant>

#include "proxy/admin/endpoint.hpp"

namespace pgfold::admin {

struct matched_route {
    const endpoint* handler = nullptr;
    request_target target;
};

// Unknown path, wrong method, missing rights, unknown parameter: the response says so.
[[nodiscard]] std::variant<matched_route, http_response> match_route(const http_request& request,
                                                                     std::string_view token);

// Runs the handler; what escapes from it becomes a 500.
[[nodiscard]] http_response call_endpoint(const endpoint& handler, const endpoint_call& call);

}  // namespace pgfold::admin
