// The session until its first ReadyForQuery: server messages are held until they are whole, since
// one of them may have to be changed. Everything here is small and happens once per connection.
#include "proxy/protocol/frame_reader.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

using protocol::backend_message;
using protocol::frame_reader;
using protocol::frontend_message;

namespace {
constexpr std::size_t held_bytes_max = 1 << 20;
constexpr std::size_t password_bytes_inspected = 256;
}  // namespace

std::span<const std::byte> session::implementation::authenticate_backend(
    std::span<const std::byte> bytes, timestamp now) {
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    generated_.clear();
    std::size_t at = 0;
    const auto append = [this](std::span<const std::byte> part) {
        generated_.insert(generated_.end(), part.begin(), part.end());
    };
    while (phase_ == session_phase::authenticating &&
           held_.size() - at >= frame_reader::header_bytes) {
        const auto rest = std::span<const std::byte>(held_).subspan(at);
        const std::uint32_t length = protocol::load_uint32(rest.data() + 1);
        if (length < 4 || length > held_bytes_max) {
            counters_
                .protocol_errors[static_cast<std::size_t>(
                    telemetry::protocol_error::malformed_server_message)]
                .add();
            go_blind(telemetry::failopen_reason::malformed_message, now);
            break;
        }
        if (rest.size() < length + 1) break;
        const auto message = rest.first(length + 1);
        at += message.size();
        protocol::frame f;
        f.state = protocol::frame_state::message;
        f.type = std::to_integer<std::uint8_t>(message[0]);
        f.body_bytes = length - 4;
        f.body = message.subspan(frame_reader::header_bytes);
        std::vector<std::byte> replacement;
        switch (static_cast<backend_message>(f.type)) {
            case backend_message::authentication:
                replacement = authentication_.on_authentication(f.body);
                break;
            case backend_message::backend_key_data:
                on_backend_key_data(f);
                break;
            case backend_message::parameter_status:
                on_parameter_status(f);
                break;
            case backend_message::ready_for_query:
                if (f.body.size() == 1) status_ = static_cast<char>(f.body[0]);
                begin(now);
                break;
            default:
                break;
        }
        append(replacement.empty() ? message : std::span<const std::byte>(replacement));
    }
    if (phase_ != session_phase::authenticating) {
        const auto rest = std::span<const std::byte>(held_).subspan(at);
        append(rest);
        if (phase_ == session_phase::ready) read_backend(rest, now);
        std::vector<std::byte>().swap(held_);
    } else {
        held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return generated_;
}

std::span<const std::byte> session::implementation::authenticate_frontend(
    std::span<const std::byte> bytes, timestamp now) {
    from_client_.feed(bytes);
    const auto wanted = [](std::uint8_t type, std::uint32_t) {
        return type == static_cast<std::uint8_t>(frontend_message::password)
                   ? password_bytes_inspected
                   : std::size_t{0};
    };
    while (true) {
        const auto f = from_client_.next(wanted);
        if (f.state == protocol::frame_state::need_more) return {};
        if (f.type == static_cast<std::uint8_t>(frontend_message::terminate)) return {};
        // Queries that are sent before the server has accepted the client cannot be followed.
        if (f.type != static_cast<std::uint8_t>(frontend_message::password) ||
            f.state == protocol::frame_state::malformed) {
            go_blind(telemetry::failopen_reason::malformed_message, now);
            return {};
        }
        generated_ = authentication_.on_password_message(f.body);
        if (!generated_.empty()) return generated_;
    }
}

}  // namespace pgfold::session
