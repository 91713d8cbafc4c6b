// Reads capture files (pcap and pcapng, by libpcap), takes the TCP segments out of their packets
// and hands them, in order, to one stream_listener per connection.
//
// Link types: Ethernet (with VLAN tags), Linux cooked v1 and v2, BSD loopback, raw IP.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tools/captures/tcp_stream.hpp"

namespace pgfold::captures {

enum class capture_status : std::uint8_t {
    complete,
    damaged,     // truncated or corrupt: everything before `fault_offset` was used
    unreadable,  // nothing could be read
};

struct capture_result {
    capture_status status = capture_status::complete;
    std::string message;  // what is wrong, where, and what to do; empty when complete
    std::uint64_t fault_offset = 0;
    std::uint64_t packets = 0;
    std::uint64_t segments = 0;   // TCP segments in them
    std::uint64_t malformed = 0;  // packets that could not be decoded
    std::uint64_t cut = 0;        // packets shorter than on the wire (snapshot length)
    timestamp first_at, last_at;
};

struct capture_limits {
    std::size_t connections_max = 100'000;  // tracked at once; the least recently used one ends
    std::size_t held_bytes_max = 4 << 20;   // per connection, waiting for a missing segment
    std::size_t held_segments_max = 1024;   // same
    std::chrono::nanoseconds reorder_window = std::chrono::milliseconds(500);  // then it is lost
};

class capture_reader {
public:
    explicit capture_reader(connection_listener& listener, capture_limits limits = {});
    ~capture_reader();
    capture_reader(const capture_reader&) = delete;
    capture_reader& operator=(const capture_reader&) = delete;

    // Told now and then how many bytes of the file have been read.
    void on_progress(std::function<void(std::uint64_t bytes)> callback);

    // "-" reads the standard input.
    [[nodiscard]] capture_result read_file(const std::string& path);

    // Ends every connection that is still open.
    void finish();

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::captures
