#include "proxy/capture/conversation_recorder.hpp"

#include <algorithm>

#include "proxy/protocol/message_type.hpp"

namespace pgfold::capture {
namespace {

constexpr std::size_t header_bytes = 5;
// Longer messages are not held: they pass as they are, or blanked where values are redacted.
constexpr std::size_t message_bytes_max = 16 << 20;
constexpr std::size_t kept_bytes_max = 4096;  // what a buffer keeps when it is empty

}  // namespace

void conversation_recorder::startup_packet(std::vector<std::byte>& out,
                                           std::span<const std::byte> bytes, timestamp at) {
    emit(out, direction::from_client, bytes, at);
}

void conversation_recorder::bytes(std::vector<std::byte>& out, direction from,
                                  std::span<std::byte> bytes, timestamp at) {
    side& s = sides_[from == direction::from_client ? 0 : 1];
    if (s.given_up) return;
    if (s.kept.empty() && s.passing == 0 && from == direction::from_server &&
        !filter_.must_see_server()) {
        emit(out, from, bytes, at);
        return;
    }
    if (s.kept.empty()) {
        const std::size_t done = filter(s, from, bytes);
        emit(out, from, bytes.first(done), at);
        s.kept.assign(bytes.begin() + static_cast<std::ptrdiff_t>(done), bytes.end());
        return;
    }
    s.kept.insert(s.kept.end(), bytes.begin(), bytes.end());
    const std::size_t done = filter(s, from, s.kept);
    emit(out, from, std::span(s.kept).first(done), at);
    s.kept.erase(s.kept.begin(), s.kept.begin() + static_cast<std::ptrdiff_t>(done));
    if (s.kept.empty() && s.kept.capacity() > kept_bytes_max) std::vector<std::byte>().swap(s.kept);
}

std::size_t conversation_recorder::filter(side& s, direction from, std::span<std::byte> bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        if (s.passing > 0) {
            const auto count =
                static_cast<std::size_t>(std::min<std::uint64_t>(s.passing, bytes.size() - at));
            if (s.blank)
                std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, std::byte{0});
            s.passing -= count;
            at += count;
            continue;
        }
        if (bytes.size() - at < header_bytes) break;
        const auto type = std::to_integer<std::uint8_t>(bytes[at]);
        const std::uint32_t length = protocol::load_uint32(bytes.data() + at + 1);
        if (length < 4 || length > protocol::message_bytes_max) {
            s.given_up = true;  // what follows cannot be told from a secret
            return at;
        }
        if (length > message_bytes_max) {
            s.passing = length - 4;
            s.blank = !filter_.passes_unseen(type);
            at += header_bytes;
            continue;
        }
        if (bytes.size() - at < length + 1) break;
        const auto body = bytes.subspan(at + header_bytes, length - 4);
        if (from == direction::from_client)
            filter_.on_client(type, body);
        else
            filter_.on_server(type, body);
        at += length + 1;
    }
    return at;
}

void conversation_recorder::emit(std::vector<std::byte>& out, direction from,
                                 std::span<const std::byte> bytes, timestamp at) {
    if (bytes.empty()) return;
    packets_.data(out, from, bytes, at, introduce_again_ ? comment_ : std::string());
    introduce_again_ = false;
}

void conversation_recorder::close(std::vector<std::byte>& out, timestamp at) {
    packets_.close(out, at);
}

}  // namespace pgfold::capture
