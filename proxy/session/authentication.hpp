// The part of the conversation before the first ReadyForQuery. Authentication is relayed, not ended
// here; two things need a hand:
//
// - SCRAM-SHA-256-PLUS binds the password exchange to the server's TLS certificate. When pgfold
// ends
//   TLS on either side the two ends see different certificates, so the mechanism is taken from the
//   server's list and clients fall back to SCRAM-SHA-256. (libpq even refuses a connection on which
//   PLUS is offered without TLS.) Where pgfold shows the server's own certificate it stays.
// - A libpq client that uses TLS and was offered no PLUS says so (gs2 flag "y"); a server that uses
//   TLS as well takes that for a downgrade attack. The exchange cannot be mended from the middle,
//   so the client gets an error that says what to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::session {

class authentication_relay {
public:
    authentication_relay(bool client_tls, bool server_tls, bool same_certificate)
        : client_tls_(client_tls), server_tls_(server_tls), same_certificate_(same_certificate) {}

    // Body of an Authentication message. Non-empty: what to send to the client in its place.
    [[nodiscard]] std::vector<std::byte> on_authentication(protocol::byte_span body);

    // Body of a password message. Non-empty: it must not be forwarded; the client gets this and the
    // connection ends.
    [[nodiscard]] std::vector<std::byte> on_password_message(protocol::byte_span body);

private:
    bool client_tls_, server_tls_, same_certificate_;
    bool expects_initial_response_ = false;
    bool plus_dropped_ = false;
};

}  // namespace pgfold::session
