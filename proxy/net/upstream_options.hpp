// The upstream as libpq understands it: one connection string, many hosts, all of libpq's defaults
// (PG* variables, service file, ~/.postgresql).
//
// The client's startup packet decides database and user, and its own password authenticates it.
// The database, user and password of the URL serve only the probes of target_session_attrs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgfold::net {

enum class ssl_mode : std::uint8_t { disable, allow, prefer, require, verify_ca, verify_full };
enum class ssl_negotiation : std::uint8_t { postgres, direct };
enum class session_attributes : std::uint8_t {
    any,
    read_write,
    read_only,
    primary,
    standby,
    prefer_standby,
};

struct upstream_host {
    std::string host;      // name, address or directory of a Unix socket
    std::string hostaddr;  // numeric; taken instead of resolving `host`
    std::uint16_t port = 5432;

    [[nodiscard]] bool is_unix() const;
    [[nodiscard]] std::string socket_path() const;  // of a Unix socket
    [[nodiscard]] std::string to_string() const;    // "db1:5432" or the socket's path
    friend bool operator==(const upstream_host&, const upstream_host&) = default;
};

struct keepalive_options {  // 0: the system's default
    bool enabled = true;
    int idle_s = 0;
    int interval_s = 0;
    int count = 0;
    int user_timeout_ms = 0;
};

struct upstream_options {
    std::vector<upstream_host> hosts;  // never empty
    bool random_order = false;         // load_balance_hosts=random
    session_attributes attributes = session_attributes::any;
    std::chrono::milliseconds connect_timeout{10'000};  // per address
    keepalive_options keepalive;

    ssl_mode ssl = ssl_mode::prefer;
    ssl_negotiation negotiation = ssl_negotiation::postgres;
    bool ssl_sni = true;
    std::string ssl_root_cert;  // empty: libpq's default file where it exists; "system"
    std::string ssl_cert, ssl_key, ssl_password, ssl_crl, ssl_crl_dir;
    std::string ssl_min_version, ssl_max_version;

    // Given, but without effect: they bind whoever authenticates, and that is the client.
    std::vector<std::string> left_to_clients;

    // Everything as libpq would use it, for probes. Holds the password: never print it.
    std::vector<std::pair<std::string, std::string>> parameters;
};

// `conninfo` is a URL or key=value; the rest comes from libpq's defaults. Nothing, with the reason
// in `error`, when libpq does not take it. Not thread-safe against setenv().
[[nodiscard]] std::optional<upstream_options> parse_upstream(
    const std::string& conninfo, std::chrono::milliseconds default_connect_timeout,
    std::string& error);

// Whether the environment names a server (PGHOST, PGHOSTADDR, PGPORT or PGSERVICE).
[[nodiscard]] bool environment_names_upstream();

}  // namespace pgfold::net
