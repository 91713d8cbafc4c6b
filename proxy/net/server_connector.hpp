// Opens a connection to the upstream as libpq would: hosts and their addresses in turn, TLS as
// sslmode says. Sends no startup packet.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy/net/event_loop.hpp"
#include "proxy/net/server_address.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/net/upstream.hpp"

namespace pgfold::net {

struct connect_outcome {
    std::optional<stream> connection;  // none: `error` says why, a line per address tried
    server_address address;
    std::string error;
};

enum class encryption : std::uint8_t {
    as_configured,
    plain_only,  // sslmode=prefer after the server rejected TLS
    tls_only,    // sslmode=allow after the server rejected plain text
};

[[nodiscard]] task<connect_outcome> connect_to_upstream(event_loop& loop,
                                                        std::shared_ptr<const upstream> target);

// The same server again: for cancel requests and for the second try of prefer and allow.
[[nodiscard]] task<connect_outcome> connect_to_address(event_loop& loop,
                                                       std::shared_ptr<const upstream> target,
                                                       server_address address, encryption wanted);

}  // namespace pgfold::net
