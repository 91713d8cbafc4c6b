#include "proxy/capture/pcapng_writer.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace pgfold::capture {
namespace {

constexpr std::uint32_t section_header_block = 0x0a0d0d0a;
constexpr std::uint32_t interface_block = 1;
constexpr std::uint32_t enhanced_packet_block = 6;
constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint16_t option_end = 0;
constexpr std::uint16_t option_comment = 1;
constexpr std::uint16_t section_application = 4;
constexpr std::uint16_t interface_name = 2;
constexpr std::uint16_t interface_resolution = 9;
constexpr std::uint16_t link_type_ethernet = 1;
constexpr std::size_t option_bytes_max = 65'000;

// Numbers are in the writer's own byte order: the magic tells which.
template <class Number>
void put(std::vector<std::byte>& out, Number number) {
    const auto bytes = std::bit_cast<std::array<std::byte, sizeof number>>(number);
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void pad(std::vector<std::byte>& out, std::size_t content) {
    out.insert(out.end(), (4 - content % 4) % 4, std::byte{0});
}

void put_option(std::vector<std::byte>& out, std::uint16_t code, std::string_view value) {
    value = value.substr(0, option_bytes_max);
    put(out, code);
    put(out, static_cast<std::uint16_t>(value.size()));
    const auto bytes = std::as_bytes(std::span(value));
    out.insert(out.end(), bytes.begin(), bytes.end());
    pad(out, value.size());
}

void put_options_end(std::vector<std::byte>& out) {
    put(out, option_end);
    put(out, std::uint16_t{0});
}

// The length stands at both ends of a block.
class block {
public:
    block(std::vector<std::byte>& out, std::uint32_t type) : out_(out), start_(out.size()) {
        put(out_, type);
        put(out_, std::uint32_t{0});
    }
    ~block() {
        const auto length = static_cast<std::uint32_t>(out_.size() - start_ + 4);
        std::memcpy(out_.data() + start_ + 4, &length, sizeof length);
        put(out_, length);
    }
    block(const block&) = delete;
    block& operator=(const block&) = delete;

private:
    std::vector<std::byte>& out_;
    const std::size_t start_;
};

}  // namespace

void write_section(std::vector<std::byte>& out, std::string_view application) {
    {
        const block section(out, section_header_block);
        put(out, byte_order_magic);
        put(out, std::uint16_t{1});  // version 1.0
        put(out, std::uint16_t{0});
        put(out, std::int64_t{-1});  // the section's length is not known
        put_option(out, section_application, application);
        put_options_end(out);
    }
    const block description(out, interface_block);
    put(out, link_type_ethernet);
    put(out, std::uint16_t{0});
    put(out, std::uint32_t{0});  // no snapshot length
    put_option(out, interface_name, "pgfold");
    put_option(out, interface_resolution, "\x09");  // 10^-9 s
    put_options_end(out);
}

void write_packet(std::vector<std::byte>& out, timestamp at, std::span<const std::byte> head,
                  std::span<const std::byte> payload, std::string_view comment) {
    const block packet(out, enhanced_packet_block);
    const auto time = static_cast<std::uint64_t>(at.time_since_epoch().count());
    const auto length = static_cast<std::uint32_t>(head.size() + payload.size());
    put(out, std::uint32_t{0});  // the interface
    put(out, static_cast<std::uint32_t>(time >> 32));
    put(out, static_cast<std::uint32_t>(time));
    put(out, length);
    put(out, length);
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), payload.begin(), payload.end());
    pad(out, length);
    if (comment.empty()) return;
    put_option(out, option_comment, comment);
    put_options_end(out);
}

}  // namespace pgfold::capture
