// One TCP segment of a capture, as decoded from its packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/captures/tcp_stream.hpp"

namespace pgfold::captures {

// IPv4 addresses are held as IPv4-mapped IPv6 ones.
using ip_address = std::array<std::uint8_t, 16>;

struct tcp_segment {
    ip_address source{}, destination{};
    std::uint16_t source_port = 0, destination_port = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
    bool syn = false, ack = false, fin = false, rst = false;
    std::uint32_t length = 0;            // of the payload on the wire …
    std::span<const std::byte> payload;  // … of which the capture has this
    timestamp at;
};

// Order of sequence numbers modulo 2^32 (RFC 9293, section 3.4): negative when `a` is before `b`.
[[nodiscard]] constexpr std::int32_t sequence_distance(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::int32_t>(a - b);
}

}  // namespace pgfold::captures
