#include "proxy/session/authentication.hpp"

#include <algorithm>
#include <string_view>

#include "proxy/protocol/backend/authentication.hpp"
#include "proxy/protocol/startup.hpp"

namespace pgfold::session {

namespace {
constexpr std::string_view scram_plus = "SCRAM-SHA-256-PLUS";
}  // namespace

std::vector<std::byte> authentication_relay::on_authentication(protocol::byte_span body) {
    const auto view = protocol::parse_authentication(body);
    expects_initial_response_ = view && view->code == protocol::authentication_code::sasl;
    if (!expects_initial_response_ || (client_tls_ && same_certificate_)) return {};
    if (!client_tls_ && !server_tls_) return {};
    auto mechanisms = view->sasl_mechanisms;
    const auto kept = std::remove(mechanisms.begin(), mechanisms.end(), scram_plus);
    // A list with nothing else in it is left alone: the client then names the problem itself.
    if (kept == mechanisms.end() || kept == mechanisms.begin()) return {};
    mechanisms.erase(kept, mechanisms.end());
    plus_dropped_ = true;
    return protocol::build_authentication_sasl(mechanisms);
}

std::vector<std::byte> authentication_relay::on_password_message(protocol::byte_span body) {
    if (!expects_initial_response_) return {};
    expects_initial_response_ = false;
    if (!plus_dropped_ || !server_tls_) return {};
    protocol::byte_reader reader(body);
    reader.read_string();  // mechanism
    reader.read_int32();   // length of the response
    if (reader.read_uint8() != 'y' || !reader.ok()) return {};
    return protocol::build_error_response(
        {.sqlstate = "28000",
         .message = "pgfold cannot relay SCRAM authentication between two TLS connections whose "
                    "certificates differ",
         .detail = "The client supports channel binding, and the server would take its absence for "
                   "a downgrade attack.",
         .hint =
             "Connect with channel_binding=disable, or give pgfold the server's own certificate "
             "and key (tls.cert, tls.key), or use TLS on one side only."});
}

}  // namespace pgfold::session
