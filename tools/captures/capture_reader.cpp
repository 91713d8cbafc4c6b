#include "tools/captures/capture_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <arpa/inet.h>

#include "tools/captures/capture_file.hpp"
#include "tools/captures/packet_decoder.hpp"
#include "tools/captures/tcp_reassembler.hpp"

namespace pgfold::captures {
namespace {

// Connections go on from one file to the next when the next starts at most this much later: a
// rotated capture. Otherwise they are two captures, and the same ports are another connection.
constexpr std::chrono::nanoseconds file_gap_max = std::chrono::seconds(60);
constexpr std::chrono::nanoseconds file_overlap_max = std::chrono::seconds(5);

constexpr std::uint64_t progress_packets = 1024;

struct endpoint {
    ip_address address{};
    std::uint16_t port = 0;
    friend auto operator<=>(const endpoint&, const endpoint&) = default;
};

// Both directions of a connection have the same key: the smaller endpoint comes first.
struct connection_key {
    endpoint low, high;
    friend bool operator==(const connection_key&, const connection_key&) = default;
};

struct connection_key_hash {
    std::size_t operator()(const connection_key& key) const {
        std::array<char, 36> bytes{};
        std::memcpy(bytes.data(), key.low.address.data(), 16);
        std::memcpy(bytes.data() + 16, key.high.address.data(), 16);
        std::memcpy(bytes.data() + 32, &key.low.port, 2);
        std::memcpy(bytes.data() + 34, &key.high.port, 2);
        return std::hash<std::string_view>{}({bytes.data(), bytes.size()});
    }
};

bool is_mapped_v4(const ip_address& address) {
    constexpr std::array<std::uint8_t, 12> prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::equal(prefix.begin(), prefix.end(), address.begin());
}

tcp_endpoint printable(const endpoint& e) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool v4 = is_mapped_v4(e.address);
    ::inet_ntop(v4 ? AF_INET : AF_INET6, e.address.data() + (v4 ? 12 : 0), text.data(),
                text.size());
    return {text.data(), e.port};
}

struct tracked_connection {
    connection_key key;
    endpoint client, server;
    bool from_start = false;
    bool opened = false;                           // carried data; the listener was asked
    std::optional<std::uint32_t> initial;          // sequence number of the client's SYN
    std::unique_ptr<stream_listener> listener;     // null: not opened, of no interest, or ended
    std::unique_ptr<tcp_reassembler> reassembler;  // null once nothing more is wanted
    timestamp first_seen, last_seen;
};

}  // namespace

struct capture_reader::implementation {
    connection_listener& listener;
    capture_limits limits;
    packet_decoder decoder;

    // Least recently used first; the map points into it.
    std::list<tracked_connection> connections;
    std::unordered_map<connection_key, std::list<tracked_connection>::iterator, connection_key_hash>
        by_key;
    std::uint64_t connections_opened = 0;
    std::optional<timestamp> last_packet_at;
    std::function<void(std::uint64_t)> progress;
    timestamp next_time_at;  // of on_time

    implementation(connection_listener& l, capture_limits bounds) : listener(l), limits(bounds) {}

    void end(tracked_connection& c, timestamp at) {
        if (c.listener != nullptr) {
            c.reassembler->flush(at, *c.listener);
            c.listener->on_end(at);
        }
        c.listener.reset();
        c.reassembler.reset();
    }

    void end_all() {
        // In the order of appearance, so that reports do not depend on who was idle.
        connections.sort([](const tracked_connection& a, const tracked_connection& b) {
            return a.first_seen < b.first_seen;
        });
        for (tracked_connection& c : connections)
            end(c, c.last_seen);
        by_key.clear();
        connections.clear();
    }

    void start(tracked_connection& c, const endpoint& source, const endpoint& destination,
               const tcp_segment& s) {
        const bool syn = s.syn && !s.ack;
        const bool syn_ack = s.syn && s.ack;
        bool source_is_client = syn;
        // Without the SYN the sides are a guess: servers listen on lower ports than clients use.
        if (!s.syn) source_is_client = destination.port <= source.port;
        c.client = source_is_client ? source : destination;
        c.server = source_is_client ? destination : source;
        c.from_start = syn || syn_ack;
        c.opened = false;
        c.initial.reset();
        if (syn) c.initial = s.sequence;
        c.reassembler = std::make_unique<tcp_reassembler>(limits);
        c.first_seen = s.at;
    }

    tracked_connection& find_or_start(const tcp_segment& s) {
        const endpoint source{s.source, s.source_port};
        const endpoint destination{s.destination, s.destination_port};
        const connection_key key{std::min(source, destination), std::max(source, destination)};
        const auto found = by_key.find(key);
        if (found != by_key.end()) {
            connections.splice(connections.end(), connections, found->second);
            tracked_connection& c = *found->second;
            // A SYN on known ports opens a new connection, unless it is sent again.
            const bool ended = c.reassembler == nullptr;
            if (s.syn && !s.ack && (ended || c.initial != s.sequence)) {
                end(c, c.last_seen);
                start(c, source, destination, s);
            }
            return c;
        }
        if (connections.size() >= limits.connections_max) {
            tracked_connection& oldest = connections.front();
            end(oldest, s.at);
            by_key.erase(oldest.key);
            connections.pop_front();
        }
        tracked_connection& c = connections.emplace_back();
        by_key.emplace(key, std::prev(connections.end()));
        c.key = key;
        start(c, source, destination, s);
        return c;
    }

    void open(tracked_connection& c, stream_side from, const tcp_segment& s) {
        c.opened = true;
        const tcp_connection description{++connections_opened, printable(c.client),
                                         printable(c.server), c.from_start, c.first_seen};
        c.listener = listener.on_connection(description, from, s.payload);
        if (c.listener == nullptr) c.reassembler.reset();
    }

    void on_segment(const tcp_segment& s) {
        tracked_connection& c = find_or_start(s);
        c.last_seen = std::max(c.last_seen, s.at);
        if (c.reassembler == nullptr) return;
        const stream_side from = endpoint{s.source, s.source_port} == c.client
                                     ? stream_side::client
                                     : stream_side::server;
        if (!c.opened && !s.payload.empty()) open(c, from, s);
        if (c.reassembler == nullptr) return;
        // Before it is opened only SYN, ACK and FIN come, which report nothing.
        struct ignore final : stream_listener {
            void on_bytes(stream_side, std::span<const std::byte>, timestamp) override {}
            void on_gap(stream_side, std::uint64_t, timestamp) override {}
            void on_end(timestamp) override {}
        } nobody;
        stream_listener& to = c.listener != nullptr ? *c.listener : nobody;
        if (!s.rst) c.reassembler->on_segment(from, s, to);
        if (s.rst || c.reassembler->is_finished()) end(c, s.at);
    }
};

capture_reader::capture_reader(connection_listener& listener, capture_limits limits)
    : implementation_(std::make_unique<implementation>(listener, limits)) {}

capture_reader::~capture_reader() = default;

void capture_reader::on_progress(std::function<void(std::uint64_t)> callback) {
    implementation_->progress = std::move(callback);
}

capture_result capture_reader::read_file(const std::string& path) {
    implementation& self = *implementation_;
    capture_result result;
    capture_file file;
    if (!file.open(path)) {
        result.status = capture_status::unreadable;
        result.message = file.error();
        return result;
    }
    const int link_type = file.link_type();
    if (!packet_decoder::is_supported(link_type)) {
        result.status = capture_status::unreadable;
        result.message = path + ": link type " + file.link_type_name() +
                         " is not supported: capture on Ethernet, loopback, Linux's 'any' device "
                         "or a raw IP interface";
        return result;
    }
    captured_packet packet;
    tcp_segment segment;
    packet_status status;
    while ((status = file.next(packet)) == packet_status::packet) {
        if (result.packets++ == 0) {
            result.first_at = packet.at;
            if (self.last_packet_at && (packet.at < *self.last_packet_at - file_overlap_max ||
                                        packet.at > *self.last_packet_at + file_gap_max)) {
                self.end_all();
                self.next_time_at = packet.at;
            }
        }
        result.last_at = std::max(result.last_at, packet.at);
        if (result.packets % progress_packets == 0 && self.progress) self.progress(file.offset());
        if (packet.at >= self.next_time_at) {
            self.listener.on_time(packet.at);
            self.next_time_at = packet.at + std::chrono::seconds(1);
        }
        if (packet.bytes.size() < packet.wire_length) ++result.cut;
        switch (self.decoder.decode(link_type, packet, segment)) {
            case decode_status::segment:
                ++result.segments;
                self.on_segment(segment);
                break;
            case decode_status::malformed:
                ++result.malformed;
                break;
            case decode_status::other:
                break;
        }
    }
    if (result.packets != 0) self.last_packet_at = result.last_at;
    if (status == packet_status::fault) {
        result.status = capture_status::damaged;
        result.fault_offset = file.fault_offset();
        result.message = path + ": damaged at byte " + std::to_string(result.fault_offset) + ": " +
                         file.error() + "; the " + std::to_string(result.packets) +
                         " packets before it were used";
    }
    return result;
}

void capture_reader::finish() {
    implementation_->end_all();
}

}  // namespace pgfold::captures
