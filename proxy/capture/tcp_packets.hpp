// Ethernet, IP and TCP around the bytes of one conversation, as if it had been captured between a
// client and a server on port 5432: handshake, data with sequence and acknowledgement numbers, end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/capture/pcapng_writer.hpp"

namespace pgfold::capture {

enum class direction : std::uint8_t { from_client, from_server };

struct client_address {
    bool is_v6 = false;
    std::array<std::byte, 16> bytes{};  // the first four of IPv4
    std::uint16_t port = 0;
    friend bool operator==(const client_address&, const client_address&) = default;
    friend auto operator<=>(const client_address&, const client_address&) = default;
};

// The address of a socket; one made up of `number`, within 127.1.0.0/16, when `host` is none (a
// Unix socket).
[[nodiscard]] client_address address_of(const std::string& host, std::uint16_t port,
                                        std::uint64_t number);
[[nodiscard]] client_address made_up_address(std::uint64_t number);

class tcp_packets {
public:
    explicit tcp_packets(const client_address& client, std::uint64_t number);

    // All append packets to `out`. A comment goes to the first.
    void open(std::vector<std::byte>& out, timestamp at, std::string_view comment);
    void data(std::vector<std::byte>& out, direction from, std::span<const std::byte> bytes,
              timestamp at, std::string_view comment);
    void close(std::vector<std::byte>& out, timestamp at);

private:
    void packet(std::vector<std::byte>& out, direction from, std::uint8_t flags,
                std::span<const std::byte> payload, timestamp at, std::string_view comment);

    client_address client_;
    std::array<std::uint32_t, 2> next_{};  // sequence numbers, by direction
};

}  // namespace pgfold::capture
