// The handlers, one file each or one file for a few small ones. endpoint_table.cpp lists them.
#pragma once

#include "proxy/admin/endpoint.hpp"

namespace pgfold::admin {

[[nodiscard]] http_response get_index(const endpoint_call& call);
[[nodiscard]] http_response get_dashboard(const endpoint_call& call);
[[nodiscard]] http_response get_dashboard_file(const endpoint_call& call);
[[nodiscard]] http_response get_health(const endpoint_call& call);
[[nodiscard]] http_response get_readiness(const endpoint_call& call);
[[nodiscard]] http_response get_metrics(const endpoint_call& call);
[[nodiscard]] http_response get_findings(const endpoint_call& call);
[[nodiscard]] http_response get_statements(const endpoint_call& call);
[[nodiscard]] http_response get_cache(const endpoint_call& call);
[[nodiscard]] http_response post_cache_flush(const endpoint_call& call);
[[nodiscard]] http_response get_associations(const endpoint_call& call);
[[nodiscard]] http_response get_connections(const endpoint_call& call);
[[nodiscard]] http_response get_alerts(const endpoint_call& call);
[[nodiscard]] http_response get_config(const endpoint_call& call);
[[nodiscard]] http_response get_history(const endpoint_call& call);
[[nodiscard]] http_response get_events(const endpoint_call& call);
[[nodiscard]] http_response post_reload(const endpoint_call& call);
[[nodiscard]] http_response post_drain(const endpoint_call& call);

}  // namespace pgfold::admin
