// Link layer, IP and TCP headers of a packet, decoded by libtins.
#pragma once

#include <cstdint>
#include <memory>

#include "tools/captures/capture_file.hpp"
#include "tools/captures/tcp_segment.hpp"

namespace pgfold::captures {

enum class decode_status : std::uint8_t {
    segment,
    other,      // not TCP, or the first part of a fragmented datagram
    malformed,  // headers that contradict themselves, or are cut
};

class packet_decoder {
public:
    packet_decoder();
    ~packet_decoder();
    packet_decoder(const packet_decoder&) = delete;
    packet_decoder& operator=(const packet_decoder&) = delete;

    // Link types by libpcap's DLT_ values.
    [[nodiscard]] static bool is_supported(int link_type);

    // `segment.payload` is valid until the next call.
    [[nodiscard]] decode_status decode(int link_type, const captured_packet& packet,
                                       tcp_segment& segment);

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::captures
