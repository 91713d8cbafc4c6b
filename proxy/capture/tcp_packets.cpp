#include "proxy/capture/tcp_packets.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace pgfold::capture {
namespace {

constexpr std::uint16_t server_port = 5432;  // what Wireshark takes for PostgreSQL
constexpr std::size_t payload_bytes_max = 32 * 1024;

constexpr std::uint8_t fin = 0x01, syn = 0x02, push = 0x08, ack = 0x10;
constexpr std::uint8_t protocol_tcp = 6, hop_limit = 64;
constexpr std::uint16_t ethertype_v4 = 0x0800, ethertype_v6 = 0x86dd;
constexpr std::size_t ethernet_bytes = 14, v4_bytes = 20, v6_bytes = 40, tcp_bytes = 20;

class head_writer {
public:
    void put8(std::uint8_t value) { bytes_[size_++] = static_cast<std::byte>(value); }
    void put16(std::uint16_t value) {
        put8(static_cast<std::uint8_t>(value >> 8));
        put8(static_cast<std::uint8_t>(value));
    }
    void put32(std::uint32_t value) {
        put16(static_cast<std::uint16_t>(value >> 16));
        put16(static_cast<std::uint16_t>(value));
    }
    void put(std::span<const std::byte> bytes) {
        std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += bytes.size();
    }
    void set16(std::size_t at, std::uint16_t value) {
        bytes_[at] = static_cast<std::byte>(value >> 8);
        bytes_[at + 1] = static_cast<std::byte>(value);
    }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return std::span(bytes_).first(size_);
    }

private:
    std::array<std::byte, ethernet_bytes + v6_bytes + tcp_bytes> bytes_{};
    std::size_t size_ = 0;
};

// The sum of RFC 1071, not yet folded.
std::uint64_t sum16(std::span<const std::byte> bytes, std::uint64_t sum = 0) {
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2)
        sum += std::to_integer<std::uint32_t>(bytes[i]) << 8 |
               std::to_integer<std::uint32_t>(bytes[i + 1]);
    if (i < bytes.size()) sum += std::to_integer<std::uint32_t>(bytes[i]) << 8;
    return sum;
}

std::uint16_t checksum(std::uint64_t sum) {
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

}  // namespace

client_address made_up_address(std::uint64_t number) {
    client_address made;
    const auto high = static_cast<std::uint32_t>(number / 50'000);
    const std::array<std::uint8_t, 4> bytes = {127, 1, static_cast<std::uint8_t>(high >> 8),
                                               static_cast<std::uint8_t>(high)};
    std::memcpy(made.bytes.data(), bytes.data(), bytes.size());
    made.port = static_cast<std::uint16_t>(10'000 + number % 50'000);
    return made;
}

client_address address_of(const std::string& host, std::uint16_t port, std::uint64_t number) {
    client_address found;
    found.port = port;
    if (::inet_pton(AF_INET, host.c_str(), found.bytes.data()) == 1) return found;
    found.is_v6 = true;
    if (::inet_pton(AF_INET6, host.c_str(), found.bytes.data()) == 1) return found;
    return made_up_address(number);
}

tcp_packets::tcp_packets(const client_address& client, std::uint64_t number) : client_(client) {
    next_[0] = static_cast<std::uint32_t>(number * 2'654'435'761U);
    next_[1] = ~next_[0];
}

void tcp_packets::packet(std::vector<std::byte>& out, direction from, std::uint8_t flags,
                         std::span<const std::byte> payload, timestamp at,
                         std::string_view comment) {
    const bool from_client = from == direction::from_client;
    const std::size_t address_bytes = client_.is_v6 ? 16 : 4;
    const auto client = std::span(client_.bytes).first(address_bytes);
    std::array<std::byte, 16> loopback{};
    if (client_.is_v6)
        loopback[15] = std::byte{1};
    else
        loopback = {std::byte{127}, std::byte{0}, std::byte{0}, std::byte{1}};
    const std::span<const std::byte> server = std::span(loopback).first(address_bytes);
    const std::span<const std::byte> source =
        from_client ? std::span<const std::byte>(client) : server;
    const std::span<const std::byte> target =
        from_client ? server : std::span<const std::byte>(client);
    head_writer head;
    for (const std::uint8_t last : {from_client ? 2 : 1, from_client ? 1 : 2}) {
        head.put32(0x02000000);  // a locally administered address
        head.put16(last);
    }
    head.put16(client_.is_v6 ? ethertype_v6 : ethertype_v4);
    const auto segment_bytes = static_cast<std::uint16_t>(tcp_bytes + payload.size());
    if (client_.is_v6) {
        head.put32(0x60000000);
        head.put16(segment_bytes);
        head.put8(protocol_tcp);
        head.put8(hop_limit);
    } else {
        head.put16(0x4500);
        head.put16(static_cast<std::uint16_t>(v4_bytes + segment_bytes));
        head.put32(0x00004000);  // not to be fragmented
        head.put8(hop_limit);
        head.put8(protocol_tcp);
        head.put16(0);
    }
    head.put(source);
    head.put(target);
    if (!client_.is_v6)
        head.set16(ethernet_bytes + 10, checksum(sum16(head.bytes().subspan(ethernet_bytes))));

    const std::size_t tcp_at = head.bytes().size();
    std::uint32_t& sequence = next_[from_client ? 0 : 1];
    head.put16(from_client ? client_.port : server_port);
    head.put16(from_client ? server_port : client_.port);
    head.put32(sequence);
    head.put32((flags & ack) != 0 ? next_[from_client ? 1 : 0] : 0);
    head.put8(tcp_bytes / 4 << 4);
    head.put8(flags);
    head.put16(0xffff);  // window
    head.put32(0);       // checksum, urgent pointer
    std::uint64_t sum = sum16(source, sum16(target)) + protocol_tcp + segment_bytes;
    sum = sum16(payload, sum16(head.bytes().subspan(tcp_at), sum));
    head.set16(tcp_at + 16, checksum(sum));

    sequence += static_cast<std::uint32_t>(payload.size()) + ((flags & (syn | fin)) != 0 ? 1 : 0);
    write_packet(out, at, head.bytes(), payload, comment);
}

void tcp_packets::open(std::vector<std::byte>& out, timestamp at, std::string_view comment) {
    packet(out, direction::from_client, syn, {}, at, comment);
    packet(out, direction::from_server, syn | ack, {}, at, {});
    packet(out, direction::from_client, ack, {}, at, {});
}

void tcp_packets::data(std::vector<std::byte>& out, direction from,
                       std::span<const std::byte> bytes, timestamp at, std::string_view comment) {
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), payload_bytes_max));
        bytes = bytes.subspan(part.size());
        packet(out, from, push | ack, part, at, comment);
        comment = {};
    }
}

void tcp_packets::close(std::vector<std::byte>& out, timestamp at) {
    packet(out, direction::from_client, fin | ack, {}, at, {});
    packet(out, direction::from_server, fin | ack, {}, at, {});
    packet(out, direction::from_client, ack, {}, at, {});
}

}  // namespace pgfold::capture
