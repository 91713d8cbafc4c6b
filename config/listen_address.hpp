// Where to listen: `host:port`, `[v6]:port` or `unix:/path`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgfold::config {

struct listen_address {
    std::string host;  // without brackets; empty for a Unix socket
    std::uint16_t port = 0;
    std::string path;  // of a Unix socket, else empty

    [[nodiscard]] bool is_unix() const { return !path.empty(); }
    [[nodiscard]] std::string to_string() const;  // the form it is written in
    friend bool operator==(const listen_address&, const listen_address&) = default;
};

struct listen_address_result {
    listen_address value;
    std::string error;  // empty: valid
};

// Port 0 is valid (any free port); `*` and an empty host (`:6433`) mean all addresses: "0.0.0.0".
// An IPv6 address needs brackets. Names are not resolved here.
[[nodiscard]] listen_address_result parse_listen_address(std::string_view text);

}  // namespace pgfold::config
