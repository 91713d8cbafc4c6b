// TCP connections of a capture, as the layer above sees them: bytes in order, and what is missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::captures {

using detect::timestamp;

struct tcp_endpoint {
    std::string address;  // numeric, IPv6 without brackets
    std::uint16_t port = 0;
};

enum class stream_side : std::uint8_t { client, server };  // who sent the bytes

struct tcp_connection {
    std::uint64_t number = 0;  // 1, 2, … in the order of appearance in the capture
    tcp_endpoint client;
    tcp_endpoint server;
    bool from_start = false;  // its SYN is in the capture; otherwise the sides are a guess
    timestamp first_seen;
};

[[nodiscard]] std::string to_string(
    const tcp_connection& connection);  // "10.0.0.1:5123 -> [::1]:5432"

// Receives one connection. A segment is delivered only after the bytes of the other side that its
// acknowledgement number covers, so a reply never comes before its request, however the packets
// were captured.
class stream_listener {
public:
    virtual ~stream_listener() = default;

    virtual void on_bytes(stream_side from, std::span<const std::byte> bytes, timestamp at) = 0;
    // `missing` bytes of this side are not in the capture: lost, or cut by the snapshot length.
    virtual void on_gap(stream_side from, std::uint64_t missing, timestamp at) = 0;
    // FIN, RST, a new connection on the same ports, or the end of the capture. Called once, last.
    virtual void on_end(timestamp at) = 0;
};

class connection_listener {
public:
    virtual ~connection_listener() = default;

    // A connection that carries data. Null: not of interest, its packets are dropped. `first` is
    // the first payload, which is delivered through on_bytes as well.
    [[nodiscard]] virtual std::unique_ptr<stream_listener> on_connection(
        const tcp_connection& connection, stream_side from, std::span<const std::byte> first) = 0;

    // Time passes, by the capture's clock: about once a second while packets come.
    virtual void on_time(timestamp at) { static_cast<void>(at); }
};

}  // namespace pgfold::captures
