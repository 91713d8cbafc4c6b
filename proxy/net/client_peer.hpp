// Who has connected, by the socket's address.
#pragma once

#include <string>

struct sockaddr;

namespace pgfold::net {

struct client_peer {
    std::string host;     // "127.0.0.1", "::1"; empty for a Unix socket
    std::string address;  // with the port: "127.0.0.1:50312"; "unix" for a Unix socket
    [[nodiscard]] bool is_unix() const { return host.empty(); }
};

[[nodiscard]] client_peer describe_peer(const sockaddr* address);

}  // namespace pgfold::net
