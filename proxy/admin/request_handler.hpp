// One request to one response. A coroutine, since readiness may have to wait for the upstream.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "proxy/admin/admin_context.hpp"
#include "proxy/admin/http_message.hpp"
#include "proxy/admin/live/live_view.hpp"
#include "proxy/admin/metrics/metrics_exporter.hpp"
#include "proxy/admin/upstream_probe.hpp"

namespace pgfold::admin {

class request_handler {
public:
    request_handler(const admin_context& context, live_view& live,
                    std::chrono::milliseconds probe_timeout);

    [[nodiscard]] boost::asio::awaitable<http_response> handle(http_request request);

private:
    [[nodiscard]] boost::asio::awaitable<void> wait_for_upstream();

    const admin_context& context_;
    live_view& live_;
    std::chrono::milliseconds probe_timeout_;
    metrics_exporter metrics_;
    upstream_probe probe_;
};

}  // namespace pgfold::admin
