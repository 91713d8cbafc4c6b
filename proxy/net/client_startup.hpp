// What a client says before its session: SSLRequest, GSSENCRequest, a TLS handshake, then a startup
// or a cancel request. PostgreSQL manual, "Message Flow": "Start-up", "SSL Session Encryption".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/net/tls_context.hpp"
#include "proxy/net/waiting.hpp"
#include "proxy/protocol/startup.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::net {

struct startup_policy {
    config::tls_mode mode = config::tls_mode::disable;
    tls_context tls;       // null: TLS is refused
    bool is_unix = false;  // a Unix socket: TLS is neither offered nor required, as in PostgreSQL
    std::string client_host;  // for messages
};

enum class startup_outcome : std::uint8_t {
    start,   // `packet` is to be sent to a server
    cancel,  // `process_id` and `secret` say whom
    closed,  // the client left, or was told why not: nothing to do but close
};

struct client_startup {
    startup_outcome outcome = startup_outcome::closed;
    protocol::startup_message message;
    std::vector<std::byte> packet;  // the startup packet as it came
    std::vector<std::byte> after;   // what the client sent behind it
    std::uint32_t process_id = 0;
    std::vector<std::byte> secret;
    std::string problem;  // why it was closed, for the log; empty: the client left
};

[[nodiscard]] task<client_startup> negotiate_startup(stream& client, startup_policy policy,
                                                     telemetry::thread_counters& counters,
                                                     deadline& limit);

}  // namespace pgfold::net
