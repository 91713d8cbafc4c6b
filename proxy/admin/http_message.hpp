// One HTTP request and its answer as the endpoints see them: no sockets, no HTTP library.
#pragma once

#include <memory>
#include <string>

#include "proxy/admin/live/event_feed.hpp"

namespace pgfold::admin {

struct http_request {
    std::string method;  // upper case
    std::string target;  // path and query, as sent
    std::string host;    // header fields; empty when absent
    std::string origin;
    std::string authorization;
    std::string fetch_site;      // Sec-Fetch-Site
    bool forwarded = false;      // a reverse proxy says that it speaks for somebody else
    bool from_loopback = false;  // the peer's address
};

struct http_response {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string content_policy = "default-src 'none'; frame-ancestors 'none'";
    std::string allow;           // of a 405
    bool ask_for_token = false;  // WWW-Authenticate, of a 401
    // Where it is set, the body is only the beginning: events follow until either side has enough.
    std::shared_ptr<event_feed::listener> events;
};

// {"error": "…"}
[[nodiscard]] http_response error_response(unsigned status, const std::string& message);

}  // namespace pgfold::admin
