#include "proxy/net/upstream_options.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>

#include "proxy/net/conninfo_extensions.hpp"
#include "proxy/net/host_port.hpp"

namespace pgfold::net {
namespace {

// Where Debian's libpq looks for a socket when no host is given, and where stock builds do.
constexpr std::string_view default_socket_directory = "/var/run/postgresql";
constexpr std::size_t hosts_max = 64;

using option_map = std::map<std::string, std::string, std::less<>>;

struct free_options {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using option_array = std::unique_ptr<PQconninfoOption, free_options>;

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

std::string value_of(const option_map& options, std::string_view name) {
    const auto found = options.find(name);
    return found == options.end() ? std::string() : found->second;
}

void take_values(const PQconninfoOption* option, option_map& values) {
    for (; option->keyword != nullptr; ++option) {
        if (option->val != nullptr && !values.contains(option->keyword)) {
            values[option->keyword] = option->val;
        }
    }
}

bool read_options(const std::string& conninfo, option_map& values, std::string& error) {
    char* message = nullptr;
    const option_array given(PQconninfoParse(conninfo.c_str(), &message));
    if (!given) {
        error = message == nullptr ? "out of memory" : trimmed(message);
        PQfreemem(message);
        return false;
    }
    take_values(given.get(), values);

    // libpq reads a service file only for $PGSERVICE here, so a service that the string names
    // becomes that. It stays set: a later reload finds the same.
    const std::string service = value_of(values, "service");
    const char* current = std::getenv("PGSERVICE");
    if (!service.empty() && (current == nullptr || service != current)) {
        ::setenv("PGSERVICE", service.c_str(), 1);
    }
    const option_array defaults(PQconndefaults());
    if (!defaults) {
        error = "libpq's defaults cannot be read: is the service \"" +
                (service.empty() && current != nullptr ? std::string(current) : service) +
                "\" in the service file?";
        return false;
    }
    take_values(defaults.get(), values);
    return true;
}

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (start <= text.size()) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        parts.push_back(text.substr(start, comma - start));
        start = comma + 1;
    }
    return parts;
}

bool read_hosts(const option_map& values, std::vector<upstream_host>& hosts, std::string& error) {
    const std::string host_list = value_of(values, "host");
    const std::string address_list = value_of(values, "hostaddr");
    const std::string port_list = value_of(values, "port");
    const auto names = host_list.empty() ? std::vector<std::string>() : split_list(host_list);
    const auto addresses =
        address_list.empty() ? std::vector<std::string>() : split_list(address_list);
    const auto ports = port_list.empty() ? std::vector<std::string>() : split_list(port_list);
    const std::size_t count = std::max<std::size_t>({names.size(), addresses.size(), 1});
    if (count > hosts_max) {
        error = "more than " + std::to_string(hosts_max) + " hosts";
        return false;
    }
    if (!names.empty() && !addresses.empty() && names.size() != addresses.size()) {
        error = "could not match " + std::to_string(names.size()) + " host names to " +
                std::to_string(addresses.size()) + " hostaddr values";
        return false;
    }
    if (ports.size() > 1 && ports.size() != count) {
        error = "could not match " + std::to_string(ports.size()) + " port numbers to " +
                std::to_string(count) + " hosts";
        return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
        upstream_host host;
        if (i < names.size()) host.host = names[i];
        if (i < addresses.size()) host.hostaddr = addresses[i];
        if (host.host.empty() && host.hostaddr.empty()) host.host = default_socket_directory;
        const std::string& port = ports.empty() ? std::string() : ports[ports.size() == 1 ? 0 : i];
        if (!port.empty()) {
            unsigned number = 0;
            const auto [rest, failure] =
                std::from_chars(port.data(), port.data() + port.size(), number);
            if (failure != std::errc{} || rest != port.data() + port.size() || number < 1 ||
                number > 65535) {
                error = "invalid port number: \"" + port + "\"";
                return false;
            }
            host.port = static_cast<std::uint16_t>(number);
        }
        hosts.push_back(std::move(host));
    }
    return true;
}

template <typename Enum>
struct named {
    std::string_view name;
    Enum value;
};

constexpr named<ssl_mode> ssl_modes[] = {
    {"disable", ssl_mode::disable},     {"allow", ssl_mode::allow},
    {"prefer", ssl_mode::prefer},       {"require", ssl_mode::require},
    {"verify-ca", ssl_mode::verify_ca}, {"verify-full", ssl_mode::verify_full}};
constexpr named<ssl_negotiation> negotiations[] = {{"postgres", ssl_negotiation::postgres},
                                                   {"direct", ssl_negotiation::direct}};
constexpr named<session_attributes> attribute_names[] = {
    {"any", session_attributes::any},
    {"read-write", session_attributes::read_write},
    {"read-only", session_attributes::read_only},
    {"primary", session_attributes::primary},
    {"standby", session_attributes::standby},
    {"prefer-standby", session_attributes::prefer_standby}};
constexpr named<bool> balance_modes[] = {{"disable", false}, {"random", true}};

template <typename Enum, std::size_t N>
bool read_name(const option_map& values, std::string_view key, const named<Enum> (&names)[N],
               Enum& result, std::string& error) {
    const std::string text = value_of(values, key);
    if (text.empty()) return true;
    for (const auto& candidate : names) {
        if (text == candidate.name) {
            result = candidate.value;
            return true;
        }
    }
    error = "invalid " + std::string(key) + " value: \"" + text + "\"";
    return false;
}

bool read_number(const option_map& values, std::string_view key, int& result, std::string& error) {
    const std::string text = value_of(values, key);
    if (text.empty()) return true;
    const char* end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, result);
    if (failure == std::errc{} && rest == end) return true;
    error =
        "invalid integer value \"" + text + "\" for connection option \"" + std::string(key) + "\"";
    return false;
}

// Authentication is relayed, so what it must look like is the client's to demand.
std::vector<std::string> options_of_clients(const option_map& values) {
    std::vector<std::string> names;
    if (!value_of(values, "require_auth").empty()) names.emplace_back("require_auth");
    if (value_of(values, "channel_binding") == "require") names.emplace_back("channel_binding");
    return names;
}

bool read_ssl(const option_map& values, upstream_options& options, std::string& error) {
    if (!read_name(values, "sslmode", ssl_modes, options.ssl, error)) return false;
    if (!read_name(values, "sslnegotiation", negotiations, options.negotiation, error)) {
        return false;
    }
    if (options.negotiation == ssl_negotiation::direct && options.ssl < ssl_mode::require) {
        error = "sslnegotiation=direct needs sslmode=require, verify-ca or verify-full";
        return false;
    }
    options.ssl_sni = value_of(values, "sslsni") != "0";
    options.ssl_root_cert = value_of(values, "sslrootcert");
    options.ssl_cert = value_of(values, "sslcert");
    options.ssl_key = value_of(values, "sslkey");
    options.ssl_password = value_of(values, "sslpassword");
    options.ssl_crl = value_of(values, "sslcrl");
    options.ssl_crl_dir = value_of(values, "sslcrldir");
    options.ssl_min_version = value_of(values, "ssl_min_protocol_version");
    options.ssl_max_version = value_of(values, "ssl_max_protocol_version");
    // libpq: certificates of public authorities prove nothing without the name.
    if (options.ssl_root_cert == "system") {
        if (values.contains("sslmode") && options.ssl != ssl_mode::verify_full &&
            value_of(values, "sslmode") != "prefer") {
            error = "weak sslmode \"" + value_of(values, "sslmode") +
                    "\" may not be used with sslrootcert=system (use \"verify-full\")";
            return false;
        }
        options.ssl = ssl_mode::verify_full;
    }
    return true;
}

}  // namespace

bool upstream_host::is_unix() const {
    return hostaddr.empty() && (host.starts_with('/') || host.starts_with('@'));
}

std::string upstream_host::socket_path() const {
    return host + "/.s.PGSQL." + std::to_string(port);
}

std::string upstream_host::to_string() const {
    if (is_unix()) return socket_path();
    return host_and_port(host.empty() ? hostaddr : host, port);
}

std::optional<upstream_options> parse_upstream(const std::string& conninfo,
                                               std::chrono::milliseconds default_connect_timeout,
                                               std::string& error) {
    std::string text = conninfo;
    option_map values;
    for (auto& [name, value] : take_extensions(text))
        values[name] = value;
    if (!read_options(text, values, error)) return std::nullopt;

    upstream_options options;
    if (!read_hosts(values, options.hosts, error) || !read_ssl(values, options, error) ||
        !read_name(values, "target_session_attrs", attribute_names, options.attributes, error) ||
        !read_name(values, "load_balance_hosts", balance_modes, options.random_order, error)) {
        return std::nullopt;
    }
    if (value_of(values, "gssencmode") == "require") {
        error = "gssencmode=require: pgfold does not encrypt with GSSAPI, use sslmode";
        return std::nullopt;
    }
    options.left_to_clients = options_of_clients(values);
    int timeout_s = 0;
    int keepalives = 1;
    if (!read_number(values, "connect_timeout", timeout_s, error) ||
        !read_number(values, "keepalives", keepalives, error) ||
        !read_number(values, "keepalives_idle", options.keepalive.idle_s, error) ||
        !read_number(values, "keepalives_interval", options.keepalive.interval_s, error) ||
        !read_number(values, "keepalives_count", options.keepalive.count, error) ||
        !read_number(values, "tcp_user_timeout", options.keepalive.user_timeout_ms, error)) {
        return std::nullopt;
    }
    options.keepalive.enabled = keepalives != 0;
    // As libpq: one second is rounded up to two. Without a value pgfold's own limit holds, since
    // nobody who waits for a proxy wants to wait for the kernel's two minutes.
    options.connect_timeout = timeout_s > 0
                                  ? std::chrono::milliseconds(std::max(timeout_s, 2) * 1000)
                                  : default_connect_timeout;
    for (auto& [name, value] : values)
        options.parameters.emplace_back(name, value);
    return options;
}

bool environment_names_upstream() {
    for (const char* name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return true;
    }
    return false;
}

}  // namespace pgfold::net
