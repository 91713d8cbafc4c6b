#include "proxy/net/listen_address.hpp"

#include <sys/un.h>

#include <charconv>

namespace pgfold::net {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::size_t unix_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;

std::optional<std::uint16_t> parse_port(std::string_view text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, value);
    if (failure != std::errc{} || rest != end || value > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

std::optional<listen_address> parse_unix(std::string_view path, std::string& error) {
    if (path.empty() || path.front() != '/') {
        error = "a Unix socket needs an absolute path, as in unix:/run/pgfold/.s.PGSQL.6433";
        return std::nullopt;
    }
    if (path.size() > unix_path_bytes_max) {
        error = "path of the Unix socket is longer than " + std::to_string(unix_path_bytes_max) +
                " bytes";
        return std::nullopt;
    }
    listen_address address;
    address.unix_path = path;
    return address;
}

}  // namespace

std::optional<listen_address> parse_listen_address(std::string_view text, std::string& error) {
    if (text.starts_with(unix_prefix)) return parse_unix(text.substr(unix_prefix.size()), error);
    if (text.starts_with('/')) return parse_unix(text, error);

    std::string_view host;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find("]:");
        if (close == std::string_view::npos) {
            error = "expected [address]:port";
            return std::nullopt;
        }
        host = text.substr(1, close - 1);
        port = text.substr(close + 2);
    } else {
        const std::size_t colon = text.rfind(':');
        if (colon == std::string_view::npos) {
            error = "expected host:port or unix:/path";
            return std::nullopt;
        }
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (host.find(':') != std::string_view::npos) {
            error = "an IPv6 address needs brackets, as in [::1]:6433";
            return std::nullopt;
        }
    }
    const auto number = parse_port(port);
    if (!number) {
        error = "the port must be a number from 0 to 65535";
        return std::nullopt;
    }
    listen_address address;
    if (host != "*") address.host = host;
    address.port = *number;
    return address;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
    const bool brackets = host.find(':') != std::string_view::npos;
    std::string text;
    if (brackets) text += '[';
    text += host;
    if (brackets) text += ']';
    return text + ':' + std::to_string(port);
}

std::string to_string(const listen_address& address) {
    if (address.is_unix()) return std::string(unix_prefix) + address.unix_path;
    return host_and_port(address.host.empty() ? "*" : address.host, address.port);
}

}  // namespace pgfold::net
