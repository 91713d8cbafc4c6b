#include "tools/captures/packet_decoder.hpp"

#include <algorithm>
#include <cstring>

#include <pcap/dlt.h>
#include <tins/ethernetII.h>
#include <tins/exceptions.h>
#include <tins/ip.h>
#include <tins/ip_reassembler.h>
#include <tins/ipv6.h>
#include <tins/loopback.h>
#include <tins/rawpdu.h>
#include <tins/sll.h>
#include <tins/tcp.h>

namespace pgfold::captures {
namespace {

constexpr std::uint32_t fragments_held_max = 1024;

using pdu_ptr = std::unique_ptr<Tins::PDU>;

pdu_ptr parse_ip(const std::uint8_t* bytes, std::uint32_t size) {
    if (size == 0) return nullptr;
    switch (bytes[0] >> 4) {
        case 4:
            return std::make_unique<Tins::IP>(bytes, size);
        case 6:
            return std::make_unique<Tins::IPv6>(bytes, size);
        default:
            return nullptr;
    }
}

// Linux cooked v2 has a header of 20 bytes that starts with the EtherType; libtins knows only v1.
pdu_ptr parse_cooked_v2(const std::uint8_t* bytes, std::uint32_t size) {
    constexpr std::uint32_t header = 20;
    if (size < header) return nullptr;
    const unsigned type = bytes[0] << 8 | bytes[1];
    return type == 0x0800 || type == 0x86dd ? parse_ip(bytes + header, size - header) : nullptr;
}

// BSD loopback: the address family in four bytes, in either byte order and with values that differ
// between systems, so the IP version itself is looked at.
pdu_ptr parse_loopback(const std::uint8_t* bytes, std::uint32_t size) {
    constexpr std::uint32_t header = 4;
    return size < header ? nullptr : parse_ip(bytes + header, size - header);
}

pdu_ptr parse_link(int link_type, const std::uint8_t* bytes, std::uint32_t size) {
    switch (link_type) {
        case DLT_EN10MB:
            return std::make_unique<Tins::EthernetII>(bytes, size);
        case DLT_LINUX_SLL:
            return std::make_unique<Tins::SLL>(bytes, size);
        case DLT_LINUX_SLL2:
            return parse_cooked_v2(bytes, size);
        case DLT_NULL:
        case DLT_LOOP:
            return parse_loopback(bytes, size);
        default:  // DLT_RAW, DLT_IPV4, DLT_IPV6
            return parse_ip(bytes, size);
    }
}

ip_address address_of(Tins::IPv4Address address) {
    ip_address result{};
    result[10] = result[11] = 0xff;
    const std::uint32_t value = address;  // network byte order
    std::memcpy(result.data() + 12, &value, sizeof value);
    return result;
}

ip_address address_of(const Tins::IPv6Address& address) {
    ip_address result{};
    std::copy(address.begin(), address.end(), result.begin());
    return result;
}

}  // namespace

struct packet_decoder::implementation {
    pdu_ptr packet;  // owns what the last segment's payload points to
    Tins::IPv4Reassembler fragments;
    std::uint32_t fragments_held = 0;

    decode_status extract(const captured_packet& from, tcp_segment& segment) {
        const auto* v4 = packet->find_pdu<Tins::IP>();
        const auto* v6 = v4 == nullptr ? packet->find_pdu<Tins::IPv6>() : nullptr;
        const auto* tcp = packet->find_pdu<Tins::TCP>();
        if (tcp == nullptr || (v4 == nullptr && v6 == nullptr)) return decode_status::other;

        const auto* data = tcp->find_pdu<Tins::RawPDU>();
        if (data != nullptr) {
            const auto& payload = data->payload();
            segment.payload = std::as_bytes(std::span(payload));
        } else {
            segment.payload = {};
        }
        const auto captured = static_cast<std::uint32_t>(segment.payload.size());
        // What the IP header says the segment has. Zero where the network card cut a larger one
        // into packets (segmentation offload): then the capture's own length tells.
        const std::uint32_t claimed = v4 != nullptr ? v4->tot_len() : v6->payload_length();
        const std::uint32_t headers =
            tcp->data_offset() * 4U +
            (v4 != nullptr ? v4->head_len() * 4U : v6->header_size() - 40U);
        const auto cut = static_cast<std::uint32_t>(from.wire_length - from.bytes.size());
        segment.length = claimed == 0 ? captured + cut
                                      : std::max(captured, claimed - std::min(claimed, headers));
        if (v4 != nullptr) {
            segment.source = address_of(v4->src_addr());
            segment.destination = address_of(v4->dst_addr());
        } else {
            segment.source = address_of(v6->src_addr());
            segment.destination = address_of(v6->dst_addr());
        }
        segment.source_port = tcp->sport();
        segment.destination_port = tcp->dport();
        segment.sequence = tcp->seq();
        segment.acknowledgement = tcp->ack_seq();
        segment.syn = tcp->get_flag(Tins::TCP::SYN) != 0;
        segment.ack = tcp->get_flag(Tins::TCP::ACK) != 0;
        segment.fin = tcp->get_flag(Tins::TCP::FIN) != 0;
        segment.rst = tcp->get_flag(Tins::TCP::RST) != 0;
        segment.at = from.at;
        return decode_status::segment;
    }

    // False while the datagram is not complete.
    bool reassemble_fragments() {
        const auto* ip = packet->find_pdu<Tins::IP>();
        if (ip == nullptr || !ip->is_fragmented()) return true;
        if (++fragments_held > fragments_held_max) {
            fragments.clear_streams();
            fragments_held = 0;
        }
        return fragments.process(*packet) == Tins::IPv4Reassembler::REASSEMBLED;
    }
};

packet_decoder::packet_decoder() : implementation_(std::make_unique<implementation>()) {}
packet_decoder::~packet_decoder() = default;

bool packet_decoder::is_supported(int link_type) {
    switch (link_type) {
        case DLT_EN10MB:
        case DLT_LINUX_SLL:
        case DLT_LINUX_SLL2:
        case DLT_NULL:
        case DLT_LOOP:
        case DLT_RAW:
        case DLT_IPV4:
        case DLT_IPV6:
            return true;
        default:
            return false;
    }
}

decode_status packet_decoder::decode(int link_type, const captured_packet& packet,
                                     tcp_segment& segment) {
    try {
        implementation_->packet =
            parse_link(link_type, reinterpret_cast<const std::uint8_t*>(packet.bytes.data()),
                       static_cast<std::uint32_t>(packet.bytes.size()));
        if (implementation_->packet == nullptr) return decode_status::other;
        if (!implementation_->reassemble_fragments()) return decode_status::other;
        return implementation_->extract(packet, segment);
    } catch (const Tins::exception_base&) {  // libtins reports malformed headers this way
        return decode_status::malformed;
    }
}

}  // namespace pgfold::captures
