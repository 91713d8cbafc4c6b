// Both directions of one TCP connection: segments in as they were captured, bytes out in order.
//
// libtins' DataTracker puts the segments of one direction in sequence (retransmissions, overlaps,
// segments that overtake). What it does not know is decided here, by acknowledgement numbers: a
// segment that acknowledges bytes of the other side waits until these were delivered; when they do
// not turn up within the reorder window, the peer had them but the capture does not, and they are
// reported as a gap.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <tins/tcp_ip/data_tracker.h>

#include "tools/captures/capture_reader.hpp"
#include "tools/captures/tcp_segment.hpp"

namespace pgfold::captures {

class tcp_reassembler {
public:
    explicit tcp_reassembler(const capture_limits& limits) : limits_(limits) {}

    void on_segment(stream_side from, const tcp_segment& segment, stream_listener& listener);

    // Nothing more will come: delivers what waits, reporting what is missing.
    void flush(timestamp at, stream_listener& listener);

    // Both sides sent FIN and everything before it was delivered.
    [[nodiscard]] bool is_finished() const;

private:
    struct flow {
        Tins::TCPIP::DataTracker tracker;        // its sequence number: the next byte to deliver
        bool known = false;                      // the sequence number is
        std::uint32_t acknowledged = 0;          // highest seen from the peer
        std::optional<std::uint32_t> fin;        // sequence number of the FIN
        std::optional<timestamp> overdue_since;  // acknowledged, but not captured so far
    };
    struct held_segment {
        stream_side from;
        std::uint32_t sequence, acknowledgement, length;
        std::vector<std::uint8_t> payload;
        timestamp at;
    };

    [[nodiscard]] flow& of(stream_side side) { return flows_[side == stream_side::server]; }
    [[nodiscard]] flow& peer_of(stream_side side) { return flows_[side == stream_side::client]; }

    void note_acknowledgement(flow& f, const tcp_segment& segment);
    void settle_overdue(flow& f);
    [[nodiscard]] bool must_wait(stream_side from, std::uint32_t acknowledgement);
    void accept(stream_side from, std::uint32_t sequence, std::uint32_t length,
                std::span<const std::byte> payload, timestamp at, stream_listener& listener);
    void deliver(stream_side side, timestamp at, stream_listener& listener);
    void release_held(stream_listener& listener);
    void skip_to(stream_side side, std::uint32_t sequence, timestamp at, stream_listener& listener);
    bool skip_hole(stream_side side, timestamp at, stream_listener& listener);
    bool skip_any_hole(timestamp at, stream_listener& listener);
    [[nodiscard]] bool is_over_limit() const;
    [[nodiscard]] bool is_overdue(const flow& f, timestamp at) const;

    capture_limits limits_;
    flow flows_[2];  // client, server
    std::deque<held_segment> held_;
    std::size_t held_bytes_ = 0;
};

}  // namespace pgfold::captures
