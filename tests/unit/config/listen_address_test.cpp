#include "config/listen_address.hpp"

#include <gtest/gtest.h>

namespace pgfold::config {
namespace {

TEST(listen_address, valid_forms) {
    struct example {
        const char* text;
        listen_address expected;
    };
    for (const auto& [text, expected] : {
             example{"127.0.0.1:6433", {"127.0.0.1", 6433, ""}},
             example{"localhost:0", {"localhost", 0, ""}},
             example{"db-1.internal:65535", {"db-1.internal", 65535, ""}},
             example{"[::1]:6433", {"::1", 6433, ""}},
             example{"[fe80::1%eth0]:1", {"fe80::1%eth0", 1, ""}},
             example{"*:6433", {"0.0.0.0", 6433, ""}},
             example{":6433", {"0.0.0.0", 6433, ""}},
             example{"unix:/run/pgfold/.s.PGSQL.6433", {"", 0, "/run/pgfold/.s.PGSQL.6433"}},
         }) {
        const auto result = parse_listen_address(text);
        EXPECT_EQ(result.error, "") << text;
        EXPECT_EQ(result.value, expected) << text;
    }
}

TEST(listen_address, invalid_forms_say_why) {
    struct example {
        const char* text;
        const char* reason;
    };
    for (const auto& [text, reason] : {
             example{"", "needs a port"},
             example{"127.0.0.1", "needs a port"},
             example{"127.0.0.1:", "port is not a number"},
             example{"127.0.0.1:x", "port is not a number"},
             example{"127.0.0.1:65536", "port is not a number"},
             example{"127.0.0.1:-1", "port is not a number"},
             example{"127.0.0.1:6433 ", "port is not a number"},
             example{"::1:6433", "needs brackets"},
             example{"[]:6433", "not an IPv6 address"},
             example{"[127.0.0.1]:6433", "not an IPv6 address"},
             example{"[::1:6433", "not an IPv6 address"},
             example{"[::1]", "not an IPv6 address"},
             example{"host name:1", "not a host name"},
             example{"http://host:1", "needs brackets"},
             example{"unix:relative", "absolute path"},
             example{"unix:", "absolute path"},
         }) {
        const auto result = parse_listen_address(text);
        EXPECT_NE(result.error.find(reason), std::string::npos) << text << ": " << result.error;
    }
    EXPECT_NE(parse_listen_address("unix:/" + std::string(200, 'x')).error, "");
    EXPECT_NE(parse_listen_address(std::string(300, 'x') + ":1").error, "");
}

TEST(listen_address, is_spelled_as_it_is_written) {
    for (const char* text : {"127.0.0.1:6433", "[::1]:0", "unix:/run/x"}) {
        EXPECT_EQ(parse_listen_address(text).value.to_string(), text);
    }
}

}  // namespace
}  // namespace pgfold::config
