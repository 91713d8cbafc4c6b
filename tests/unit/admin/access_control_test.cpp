#include "proxy/admin/access_control.hpp"

#include <gtest/gtest.h>

namespace pgfold::admin {
namespace {

http_request from_loopback(const std::string& host = "127.0.0.1:9433") {
    http_request request;
    request.host = host;
    request.from_loopback = true;
    return request;
}

unsigned status_of(const http_request& request, access wanted, std::string_view token = "") {
    const auto refused = refusal(request, wanted, token);
    return refused ? refused->status : 200;
}

TEST(access_control, a_host_that_dns_cannot_redirect) {
    for (const char* host : {"", "localhost", "LocalHost:9433", "localhost.:1", "app.localhost",
                             "127.0.0.1", "127.0.0.1:9433", "10.1.2.3:80", "[::1]", "[::1]:9433"}) {
        EXPECT_TRUE(is_rebinding_safe_host(host)) << host;
    }
    for (const char* host :
         {"evil.example", "localhost.evil.example", "evil.example:9433", "127.0.0.1.evil.example",
          "127.1", "0x7f000001", "[evil]", "[::1", "notlocalhost", ":9433"}) {
        EXPECT_FALSE(is_rebinding_safe_host(host)) << host;
    }
}

TEST(access_control, open_endpoints_are_open) {
    http_request request = from_loopback("evil.example");
    request.origin = "http://evil.example";
    EXPECT_EQ(status_of(request, access::open), 200u);
}

TEST(access_control, reading_refuses_a_rebound_name) {
    EXPECT_EQ(status_of(from_loopback(), access::read), 200u);
    EXPECT_EQ(status_of(from_loopback("evil.example:9433"), access::read), 403u);
    http_request remote;
    remote.host = "pgfold.internal";
    EXPECT_EQ(status_of(remote, access::read), 200u);
    http_request with_token = from_loopback("pgfold.internal");
    with_token.authorization = "Bearer sesame";
    EXPECT_EQ(status_of(with_token, access::read, "sesame"), 200u);
    EXPECT_EQ(status_of(with_token, access::read, "other"), 403u);
}

TEST(access_control, control_without_a_token_is_for_this_machine) {
    EXPECT_EQ(status_of(from_loopback(), access::control), 200u);
    EXPECT_EQ(status_of(from_loopback(), access::control, "sesame"), 200u);
    http_request remote;
    remote.host = "10.0.0.1";
    EXPECT_EQ(status_of(remote, access::control), 403u);
    EXPECT_EQ(status_of(remote, access::control, "sesame"), 401u);
    http_request proxied = from_loopback();
    proxied.forwarded = true;
    EXPECT_EQ(status_of(proxied, access::control), 403u);
}

TEST(access_control, control_refuses_web_pages_of_other_origins) {
    struct example {
        const char* host;
        const char* origin;
        const char* fetch_site;
        unsigned expected;
    };
    for (const auto& [host, origin, fetch_site, expected] : {
             example{"localhost:9433", "", "", 200},
             example{"localhost:9433", "http://localhost:9433", "same-origin", 200},
             example{"localhost:9433", "http://LOCALHOST:9433", "", 200},
             example{"localhost:9433", "", "none", 200},
             example{"localhost:9433", "http://localhost:3000", "", 403},
             example{"localhost:9433", "http://evil.example", "", 403},
             example{"localhost:9433", "null", "", 403},
             example{"localhost:9433", "", "cross-site", 403},
             example{"localhost:9433", "", "same-site", 403},
             example{"evil.example:9433", "http://evil.example:9433", "same-origin", 403},
         }) {
        http_request request = from_loopback(host);
        request.origin = origin;
        request.fetch_site = fetch_site;
        EXPECT_EQ(status_of(request, access::control), expected)
            << host << " " << origin << " " << fetch_site;
    }
}

TEST(access_control, tokens) {
    http_request remote;
    remote.host = "pgfold.internal";
    const auto with = [&](const std::string& authorization) {
        http_request request = remote;
        request.authorization = authorization;
        return status_of(request, access::control, "sesame");
    };
    EXPECT_EQ(with("Bearer sesame"), 200u);
    EXPECT_EQ(with("bearer sesame"), 200u);
    for (const char* wrong : {"Bearer ", "Bearer sesam", "Bearer sesames", "Bearer Sesame",
                              "Basic sesame", "sesame", "Bearer", "Bearersesame"}) {
        EXPECT_EQ(with(wrong), 401u) << wrong;
    }
    http_request local = from_loopback();
    local.authorization = "Bearer wrong";
    EXPECT_EQ(status_of(local, access::control, "sesame"), 401u) << "a wrong token is not ignored";
    local.authorization = "Bearer ";
    EXPECT_EQ(status_of(local, access::control, ""), 401u) << "no token is configured";
}

TEST(access_control, constant_time_comparison_compares) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_FALSE(equal_in_constant_time("abab", "ab"));
    EXPECT_FALSE(equal_in_constant_time("", "a"));
    EXPECT_FALSE(equal_in_constant_time("a", ""));
}

}  // namespace
}  // namespace pgfold::admin
