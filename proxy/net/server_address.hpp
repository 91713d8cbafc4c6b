// One resolved address of one upstream host: where a server connection went.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <string>

namespace pgfold::net {

struct server_address {
    std::array<std::byte, sizeof(sockaddr_storage)> bytes{};  // a sockaddr
    std::size_t length = 0;
    std::string host;  // as configured: what TLS verifies
    std::string name;  // "db1:5432" or the socket's path, for people
    bool is_unix = false;
    bool tls = false;  // the connection uses TLS, so its cancel requests do too
};

}  // namespace pgfold::net
