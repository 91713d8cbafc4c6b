// Builds capture files byte by byte: what tcpdump would have written for a given exchange.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgfold::test {

enum class link : std::uint16_t { null = 0, ethernet = 1, raw = 101, cooked = 113, cooked2 = 276 };

struct host {
    std::string_view address;  // "10.0.0.1" or "fd00::1"
    std::uint16_t port;
};

struct tcp_flags {
    bool syn = false, ack = true, fin = false, rst = false;
};

// A TCP segment with its link, IP and TCP headers.
struct packet_spec {
    host from, to;
    std::uint32_t sequence = 0, acknowledgement = 0;
    std::string_view payload = {};
    tcp_flags flags = {};
    bool vlan = false;
};

[[nodiscard]] std::string build_packet(link type, const packet_spec& spec);

// pcap (little endian, microseconds) or pcapng with one interface.
class capture_builder {
public:
    enum class format : std::uint8_t { pcap, pcapng };

    explicit capture_builder(link type = link::ethernet, format f = format::pcap,
                             std::uint32_t snaplen = 262144);

    // `cut` leaves out bytes at the end, as a snapshot length does.
    capture_builder& add(std::int64_t at_us, const packet_spec& spec, std::size_t cut = 0);
    capture_builder& add_raw(std::int64_t at_us, std::string_view packet, std::size_t wire_length);

    [[nodiscard]] const std::string& content() const { return content_; }

private:
    link type_;
    format format_;
    std::string content_;
};

// Writes its content into a file of its own, removed at the end.
class temporary_file {
public:
    explicit temporary_file(std::string_view content, std::string_view suffix = ".pcap");
    ~temporary_file();
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace pgfold::test
