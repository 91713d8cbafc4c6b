#include "proxy/net/upstream_options.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace pgfold::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// libpq reads PG* variables and files in HOME: none of the machine's may decide a test.
class clean_environment {
public:
    clean_environment() {
        for (const char* name :
             {"PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGSSLMODE",
              "PGSSLROOTCERT", "PGTARGETSESSIONATTRS", "PGCONNECT_TIMEOUT", "PGSERVICEFILE"}) {
            ::unsetenv(name);
        }
    }
    ~clean_environment() {
        for (const std::string& name : set_)
            ::unsetenv(name.c_str());
    }
    void set(const std::string& name, const std::string& value) {
        ::setenv(name.c_str(), value.c_str(), 1);
        set_.push_back(name);
    }

private:
    std::vector<std::string> set_;
};

upstream_options parsed(const std::string& conninfo) {
    std::string error;
    auto options = parse_upstream(conninfo, seconds(10), error);
    EXPECT_TRUE(options.has_value()) << conninfo << ": " << error;
    return options.value_or(upstream_options{});
}

std::string failure(const std::string& conninfo) {
    std::string error;
    EXPECT_FALSE(parse_upstream(conninfo, seconds(10), error).has_value()) << conninfo;
    return error;
}

class upstream_options_test : public ::testing::Test {
protected:
    clean_environment environment_;
};

TEST_F(upstream_options_test, url_with_several_hosts_and_ports) {
    const auto options = parsed("postgresql://app:secret@db1:5433,[::1]:5434,db3/shop");
    ASSERT_EQ(options.hosts.size(), 3U);
    EXPECT_EQ(options.hosts[0].to_string(), "db1:5433");
    EXPECT_EQ(options.hosts[1].to_string(), "[::1]:5434");
    EXPECT_EQ(options.hosts[2].to_string(), "db3:5432");
}

TEST_F(upstream_options_test, key_value_with_hostaddr) {
    const auto options = parsed("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=6000");
    ASSERT_EQ(options.hosts.size(), 2U);
    EXPECT_EQ(options.hosts[0].host, "a");
    EXPECT_EQ(options.hosts[0].hostaddr, "10.0.0.1");
    EXPECT_EQ(options.hosts[1].hostaddr, "10.0.0.2");
    EXPECT_EQ(options.hosts[1].port, 6000);
}

TEST_F(upstream_options_test, directory_is_a_unix_socket) {
    const auto options = parsed("postgresql://%2Fvar%2Flib%2Fpg:5555/shop");
    ASSERT_EQ(options.hosts.size(), 1U);
    EXPECT_TRUE(options.hosts[0].is_unix());
    EXPECT_EQ(options.hosts[0].socket_path(), "/var/lib/pg/.s.PGSQL.5555");
}

TEST_F(upstream_options_test, without_a_host_the_default_socket_directory) {
    const auto options = parsed("");
    ASSERT_EQ(options.hosts.size(), 1U);
    EXPECT_EQ(options.hosts[0].socket_path(), "/var/run/postgresql/.s.PGSQL.5432");
}

TEST_F(upstream_options_test, environment_fills_what_the_string_leaves_open) {
    environment_.set("PGHOST", "from-environment");
    environment_.set("PGPORT", "7000");
    environment_.set("PGSSLMODE", "require");
    EXPECT_TRUE(environment_names_upstream());
    EXPECT_EQ(parsed("").hosts[0].to_string(), "from-environment:7000");
    EXPECT_EQ(parsed("").ssl, ssl_mode::require);
    EXPECT_EQ(parsed("host=mine port=1").hosts[0].to_string(), "mine:1");
}

TEST_F(upstream_options_test, nothing_named_in_the_environment) {
    EXPECT_FALSE(environment_names_upstream());
    environment_.set("PGHOST", "");
    EXPECT_FALSE(environment_names_upstream());
}

TEST_F(upstream_options_test, ssl_modes) {
    EXPECT_EQ(parsed("host=a").ssl, ssl_mode::prefer);
    EXPECT_EQ(parsed("host=a sslmode=disable").ssl, ssl_mode::disable);
    EXPECT_EQ(parsed("postgresql://a/?sslmode=verify-full").ssl, ssl_mode::verify_full);
    EXPECT_NE(failure("host=a sslmode=sometimes").find("sometimes"), std::string::npos);
}

TEST_F(upstream_options_test, system_roots_demand_verify_full) {
    EXPECT_EQ(parsed("host=a sslrootcert=system").ssl, ssl_mode::verify_full);
    EXPECT_NE(failure("host=a sslrootcert=system sslmode=require").find("weak sslmode"),
              std::string::npos);
}

TEST_F(upstream_options_test, options_newer_than_the_library) {
    const auto options = parsed(
        "postgresql://a,b/shop?load_balance_hosts=random&sslmode=require&sslnegotiation=direct");
    EXPECT_TRUE(options.random_order);
    EXPECT_EQ(options.negotiation, ssl_negotiation::direct);
    EXPECT_EQ(options.ssl, ssl_mode::require);
    EXPECT_TRUE(parsed("host=a load_balance_hosts = 'random' port=1").random_order);
    EXPECT_EQ(parsed("host=a load_balance_hosts = 'random' port=1").hosts[0].port, 1);
    EXPECT_FALSE(failure("host=a sslnegotiation=direct").empty());  // needs sslmode=require
}

TEST_F(upstream_options_test, target_session_attrs) {
    EXPECT_EQ(parsed("host=a").attributes, session_attributes::any);
    EXPECT_EQ(parsed("host=a target_session_attrs=prefer-standby").attributes,
              session_attributes::prefer_standby);
    EXPECT_FALSE(failure("host=a target_session_attrs=leader").empty());
}

TEST_F(upstream_options_test, timeouts_and_keepalives) {
    EXPECT_EQ(parsed("host=a").connect_timeout, seconds(10));
    EXPECT_EQ(parsed("host=a connect_timeout=5").connect_timeout, seconds(5));
    EXPECT_EQ(parsed("host=a connect_timeout=1").connect_timeout, seconds(2));  // as libpq
    const auto options = parsed(
        "host=a keepalives_idle=30 keepalives_interval=5 keepalives_count=3 "
        "tcp_user_timeout=9000");
    EXPECT_TRUE(options.keepalive.enabled);
    EXPECT_EQ(options.keepalive.idle_s, 30);
    EXPECT_EQ(options.keepalive.interval_s, 5);
    EXPECT_EQ(options.keepalive.count, 3);
    EXPECT_EQ(options.keepalive.user_timeout_ms, 9000);
    EXPECT_FALSE(parsed("host=a keepalives=0").keepalive.enabled);
}

TEST_F(upstream_options_test, what_only_clients_can_demand_is_named) {
    EXPECT_TRUE(parsed("host=a").left_to_clients.empty());
    const auto options = parsed("host=a require_auth=scram-sha-256 channel_binding=require");
    EXPECT_EQ(options.left_to_clients,
              (std::vector<std::string>{"require_auth", "channel_binding"}));
    EXPECT_NE(failure("host=a gssencmode=require").find("GSSAPI"), std::string::npos);
}

TEST_F(upstream_options_test, refuses_with_a_reason) {
    EXPECT_NE(failure("host=a prot=1").find("prot"), std::string::npos);
    EXPECT_NE(failure("host=a,b port=1,2,3").find("3 port numbers"), std::string::npos);
    EXPECT_NE(failure("host=a,b hostaddr=1.2.3.4").find("hostaddr"), std::string::npos);
    EXPECT_NE(failure("host=a port=99999").find("99999"), std::string::npos);
    EXPECT_NE(failure("host=a keepalives_idle=soon").find("soon"), std::string::npos);
    EXPECT_FALSE(failure("postgresql://[::1/shop").empty());
}

}  // namespace
}  // namespace pgfold::net
