#include "proxy/net/conninfo_extensions.hpp"

#include <gtest/gtest.h>

namespace pgfold::net {
namespace {

using names = std::map<std::string, std::string>;

struct example {
    std::string before;
    std::string after;
    names taken;
};

TEST(conninfo_extensions, are_taken_and_nothing_else_changes) {
    const example examples[] = {
        {"", "", {}},
        {"host=a port=1", "host=a port=1", {}},
        {"host=a sslnegotiation=direct port=1", "host=a port=1", {{"sslnegotiation", "direct"}}},
        {"load_balance_hosts = 'random'  host = 'a b'",
         "host = 'a b'",
         {{"load_balance_hosts", "random"}}},
        {R"(password='it\'s sslnegotiation=x' require_auth=md5)",
         R"(password='it\'s sslnegotiation=x')",
         {{"require_auth", "md5"}}},
        {"postgresql://a/db", "postgresql://a/db", {}},
        {"postgresql://a/db?sslnegotiation=direct",
         "postgresql://a/db",
         {{"sslnegotiation", "direct"}}},
        {"postgres://a/db?load_balance_hosts=random&sslmode=require&sslnegotiation=direct",
         "postgres://a/db?sslmode=require",
         {{"load_balance_hosts", "random"}, {"sslnegotiation", "direct"}}},
        // What libpq will refuse is left for libpq to explain.
        {"host", "host", {}},
        {"host=a sslnegotiation", "host=a sslnegotiation", {}},
    };
    for (const example& one : examples) {
        std::string text = one.before;
        EXPECT_EQ(take_extensions(text), one.taken) << one.before;
        EXPECT_EQ(text, one.after);
    }
}

}  // namespace
}  // namespace pgfold::net
