// A pcap or pcapng file, packet by packet, with an account of where and why it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tools/captures/tcp_stream.hpp"

namespace pgfold::captures {

struct captured_packet {
    std::span<const std::byte> bytes;  // valid until the next call
    std::uint32_t wire_length = 0;     // at least bytes.size()
    timestamp at;
};

enum class packet_status : std::uint8_t { packet, end, fault };

class capture_file {
public:
    capture_file();
    ~capture_file();
    capture_file(const capture_file&) = delete;
    capture_file& operator=(const capture_file&) = delete;

    // False: error() says what is wrong, where, and what to do. "-" is the standard input.
    [[nodiscard]] bool open(const std::string& path);
    [[nodiscard]] packet_status next(captured_packet& packet);

    [[nodiscard]] int link_type() const;  // a DLT_ value of libpcap
    [[nodiscard]] std::string link_type_name() const;
    // How far the file has been read, about: whole blocks are.
    [[nodiscard]] std::uint64_t offset() const;
    [[nodiscard]] const std::string& error() const { return error_; }
    // After a fault: where the record starts that could not be read. 0 if it is not known (a pipe).
    [[nodiscard]] std::uint64_t fault_offset() const { return record_offset_; }

private:
    struct handle;
    std::unique_ptr<handle> handle_;
    std::string error_;
    std::uint64_t record_offset_ = 0;
};

}  // namespace pgfold::captures
