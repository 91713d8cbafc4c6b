#include "config/listen_address.hpp"

#include <charconv>
#include <optional>

namespace pgfold::config {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::size_t unix_path_max = 107;  // sizeof(sockaddr_un::sun_path) - 1 on Linux
constexpr std::size_t host_bytes_max = 255;

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, port);
    if (text.empty() || error != std::errc{} || end != last) return std::nullopt;
    return port;
}

bool is_host_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
}

bool is_ipv6_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
           c == '.';
}

// An IPv6 address may carry a zone: fe80::1%eth0.
bool is_ipv6(std::string_view host) {
    const std::string_view address = host.substr(0, host.find('%'));
    if (address.size() < 2 || address.find(':') == std::string_view::npos) return false;
    for (const char c : address) {
        if (!is_ipv6_character(c)) return false;
    }
    return true;
}

listen_address_result failure(std::string error) {
    return {{}, std::move(error)};
}

listen_address_result parse_unix(std::string_view path) {
    if (path.empty() || path.front() != '/') return failure("needs an absolute path: unix:/path");
    if (path.size() > unix_path_max) {
        return failure("path of a Unix socket is longer than " + std::to_string(unix_path_max) +
                       " bytes");
    }
    listen_address_result result;
    result.value.path = path;
    return result;
}

}  // namespace

listen_address_result parse_listen_address(std::string_view text) {
    if (text.substr(0, unix_prefix.size()) == unix_prefix) {
        return parse_unix(text.substr(unix_prefix.size()));
    }
    const std::size_t colon = text.rfind(':');
    if (text.empty() || colon == std::string_view::npos) {
        return failure("needs a port: host:port, [v6]:port or unix:/path");
    }
    std::string_view host = text.substr(0, colon);
    listen_address_result result;
    if (!host.empty() && host.front() == '[') {
        if (host.back() != ']' || !is_ipv6(host.substr(1, host.size() - 2))) {
            return failure("not an IPv6 address between the brackets");
        }
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return failure("an IPv6 address needs brackets: [::1]:6433");
    } else if (host.empty() || host == "*") {
        host = "0.0.0.0";
    } else {
        if (host.size() > host_bytes_max) return failure("host name is too long");
        for (const char c : host) {
            if (!is_host_character(c)) return failure("not a host name or address");
        }
    }
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return failure("port is not a number from 0 to 65535");
    result.value.host = host;
    result.value.port = *port;
    return result;
}

std::string listen_address::to_string() const {
    if (is_unix()) return std::string(unix_prefix) + path;
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace pgfold::config
