// Where pgfold listens: host:port, [v6]:port, *:port, or unix:/path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgfold::net {

struct listen_address {
    std::string host;  // as written, without brackets; empty for every interface
    std::uint16_t port = 0;
    std::string unix_path;  // not empty: a Unix socket, host and port mean nothing

    [[nodiscard]] bool is_unix() const { return !unix_path.empty(); }
    friend bool operator==(const listen_address&, const listen_address&) = default;
};

// Nothing, with the reason in `error`, when `text` is not an address.
[[nodiscard]] std::optional<listen_address> parse_listen_address(std::string_view text,
                                                                 std::string& error);

[[nodiscard]] std::string to_string(const listen_address& address);

// host:port with brackets around a v6 address.
[[nodiscard]] std::string host_and_port(std::string_view host, std::uint16_t port);

}  // namespace pgfold::net
