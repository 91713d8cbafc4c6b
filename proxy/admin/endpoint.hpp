// The shape of an endpoint, and the list of all of them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "proxy/admin/access_control.hpp"
#include "proxy/admin/admin_context.hpp"
#include "proxy/admin/http_message.hpp"
#include "proxy/admin/request_target.hpp"
#include "proxy/admin/upstream_probe.hpp"

namespace pgfold::admin {

class live_view;
class metrics_exporter;

struct endpoint_call {
    const admin_context& context;
    const request_target& target;
    metrics_exporter& metrics;
    live_view& live;
    std::optional<upstream_state> upstream;  // for endpoints that wait for it
};

struct endpoint {
    std::string_view method;  // GET, which serves HEAD too, or POST
    std::string_view path;    // one that ends with a slash, other than /, stands for all below it
    access who;
    http_response (*handle)(const endpoint_call& call);
    std::span<const std::string_view> parameters;  // of the query; another one is an error
    std::string_view description;
    bool needs_upstream_state = false;
};

[[nodiscard]] std::span<const endpoint> endpoints();

}  // namespace pgfold::admin
