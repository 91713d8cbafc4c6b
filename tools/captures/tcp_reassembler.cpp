#include "tools/captures/tcp_reassembler.hpp"

#include <algorithm>

namespace pgfold::captures {
namespace {

constexpr stream_side other(stream_side side) {
    return side == stream_side::client ? stream_side::server : stream_side::client;
}

// An acknowledgement this far ahead is nonsense from a damaged packet, not a loss.
constexpr std::int32_t plausible_loss_max = 1 << 29;

std::vector<std::uint8_t> copy_of(std::span<const std::byte> bytes) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return {first, first + bytes.size()};
}

}  // namespace

void tcp_reassembler::on_segment(stream_side from, const tcp_segment& segment,
                                 stream_listener& listener) {
    flow& f = of(from);
    flow& peer = peer_of(from);
    const std::uint32_t first = segment.sequence + (segment.syn ? 1 : 0);
    if (!f.known) {
        f.tracker.sequence_number(first);
        f.acknowledged = first;
        f.known = true;
    }
    if (segment.ack) note_acknowledgement(peer, segment);
    if (segment.fin) f.fin = first + segment.length;

    if (segment.length != 0) {
        if (segment.ack && must_wait(from, segment.acknowledgement)) {
            held_.push_back({from, first, segment.acknowledgement, segment.length,
                             copy_of(segment.payload), segment.at});
            held_bytes_ += segment.payload.size();
        } else {
            accept(from, first, segment.length, segment.payload, segment.at, listener);
            if (!held_.empty()) release_held(listener);
        }
    }
    settle_overdue(flows_[0]);
    settle_overdue(flows_[1]);
    for (const stream_side side : {stream_side::client, stream_side::server}) {
        while (is_overdue(of(side), segment.at) && skip_hole(side, segment.at, listener)) {
        }
    }
    while (is_over_limit() && skip_any_hole(segment.at, listener)) {
    }
}

void tcp_reassembler::note_acknowledgement(flow& f, const tcp_segment& segment) {
    if (!f.known) {  // joined midway: the other side starts here
        f.tracker.sequence_number(segment.acknowledgement);
        f.acknowledged = segment.acknowledgement;
        f.known = true;
        return;
    }
    const std::int32_t ahead = sequence_distance(segment.acknowledgement, f.acknowledged);
    if (ahead <= 0 || ahead > plausible_loss_max) return;
    f.acknowledged = segment.acknowledgement;
    // The FIN takes a number of its own.
    if (f.fin && f.acknowledged == *f.fin + 1) f.acknowledged = *f.fin;
    if (!f.overdue_since && sequence_distance(f.acknowledged, f.tracker.sequence_number()) > 0) {
        f.overdue_since = segment.at;
    }
}

void tcp_reassembler::settle_overdue(flow& f) {
    if (sequence_distance(f.acknowledged, f.tracker.sequence_number()) <= 0) {
        f.acknowledged = f.tracker.sequence_number();  // keeps up where no peer acknowledges
        f.overdue_since.reset();
    }
}

bool tcp_reassembler::must_wait(stream_side from, std::uint32_t acknowledgement) {
    const flow& peer = peer_of(from);
    if (peer.fin && acknowledgement == *peer.fin + 1) --acknowledgement;
    return sequence_distance(acknowledgement, peer.tracker.sequence_number()) > 0 &&
           sequence_distance(acknowledgement, peer.acknowledged) <= 0;  // else it was nonsense
}

void tcp_reassembler::accept(stream_side from, std::uint32_t sequence, std::uint32_t length,
                             std::span<const std::byte> payload, timestamp at,
                             stream_listener& listener) {
    Tins::TCPIP::DataTracker& tracker = of(from).tracker;
    const auto captured = static_cast<std::uint32_t>(payload.size());
    if (sequence == tracker.sequence_number() && tracker.buffered_payload().empty()) {
        // In order and nothing waits: no copy.
        tracker.sequence_number(sequence + captured);
        if (captured != 0) listener.on_bytes(from, payload, at);
    } else {
        tracker.process_payload(sequence, copy_of(payload));
        deliver(from, at, listener);
    }
    // Cut by the snapshot length: the rest will never come.
    if (captured < length && tracker.sequence_number() == sequence + captured) {
        skip_to(from, sequence + length, at, listener);
    }
}

void tcp_reassembler::deliver(stream_side side, timestamp at, stream_listener& listener) {
    std::vector<std::uint8_t>& bytes = of(side).tracker.payload();
    if (bytes.empty()) return;
    listener.on_bytes(side, std::as_bytes(std::span(bytes)), at);
    bytes.clear();
}

void tcp_reassembler::release_held(stream_listener& listener) {
    for (std::size_t i = 0; i < held_.size();) {
        if (must_wait(held_[i].from, held_[i].acknowledgement)) {
            ++i;
            continue;
        }
        const held_segment segment = std::move(held_[i]);
        held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
        held_bytes_ -= segment.payload.size();
        accept(segment.from, segment.sequence, segment.length,
               std::as_bytes(std::span(segment.payload)), segment.at, listener);
        i = 0;  // what it delivered may be what an earlier one waits for
    }
}

void tcp_reassembler::skip_to(stream_side side, std::uint32_t sequence, timestamp at,
                              stream_listener& listener) {
    Tins::TCPIP::DataTracker& tracker = of(side).tracker;
    const std::int32_t missing = sequence_distance(sequence, tracker.sequence_number());
    if (missing <= 0) return;
    listener.on_gap(side, static_cast<std::uint64_t>(missing), at);
    // advance_sequence() drops every fragment up to and including its argument, and moves on none.
    tracker.advance_sequence(sequence - 1);
    tracker.sequence_number(sequence);
    tracker.process_payload(sequence, {});
    deliver(side, at, listener);
    release_held(listener);
}

// Up to the first byte after the hole that is here, or to what the peer acknowledged.
bool tcp_reassembler::skip_hole(stream_side side, timestamp at, stream_listener& listener) {
    flow& f = of(side);
    const std::uint32_t next = f.tracker.sequence_number();
    std::int32_t distance = std::max(sequence_distance(f.acknowledged, next), 0);
    const auto consider = [&](std::uint32_t sequence) {
        const std::int32_t ahead = sequence_distance(sequence, next);
        if (ahead > 0 && (distance == 0 || ahead < distance)) distance = ahead;
    };
    for (const auto& [sequence, payload] : f.tracker.buffered_payload())
        consider(sequence);
    for (const held_segment& segment : held_) {
        if (segment.from == side) consider(segment.sequence);
    }
    if (distance == 0) return false;
    skip_to(side, next + static_cast<std::uint32_t>(distance), at, listener);
    settle_overdue(f);
    return true;
}

bool tcp_reassembler::skip_any_hole(timestamp at, stream_listener& listener) {
    if (!held_.empty()) {
        if (skip_hole(other(held_.front().from), at, listener)) return true;
    }
    return skip_hole(stream_side::client, at, listener) ||
           skip_hole(stream_side::server, at, listener);
}

void tcp_reassembler::flush(timestamp at, stream_listener& listener) {
    release_held(listener);
    // Every turn moves a sequence number forward, so this ends; the bound is for damaged captures.
    for (std::size_t turns = 0; turns < 1'000'000; ++turns) {
        const bool waiting = !held_.empty() || !flows_[0].tracker.buffered_payload().empty() ||
                             !flows_[1].tracker.buffered_payload().empty();
        if (!waiting || !skip_any_hole(at, listener)) break;
    }
    held_.clear();
    held_bytes_ = 0;
}

bool tcp_reassembler::is_over_limit() const {
    const auto& client = flows_[0].tracker;
    const auto& server = flows_[1].tracker;
    return held_.size() + client.buffered_payload().size() + server.buffered_payload().size() >
               limits_.held_segments_max ||
           held_bytes_ + client.total_buffered_bytes() + server.total_buffered_bytes() >
               limits_.held_bytes_max;
}

bool tcp_reassembler::is_overdue(const flow& f, timestamp at) const {
    return f.overdue_since && at - *f.overdue_since > limits_.reorder_window;
}

bool tcp_reassembler::is_finished() const {
    return held_.empty() && std::all_of(std::begin(flows_), std::end(flows_), [](const flow& f) {
               return f.fin && sequence_distance(f.tracker.sequence_number(), *f.fin) >= 0;
           });
}

}  // namespace pgfold::captures
