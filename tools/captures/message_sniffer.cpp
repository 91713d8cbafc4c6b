#include "tools/captures/message_sniffer.hpp"

#include <string_view>

namespace pgfold::captures {
namespace {

constexpr std::size_t header_bytes = 5;  // type, then a length that counts itself
constexpr std::uint32_t message_bytes_max = 1U << 30;

std::uint32_t read_uint32(const std::byte* p) {
    return std::to_integer<std::uint32_t>(p[0]) << 24 | std::to_integer<std::uint32_t>(p[1]) << 16 |
           std::to_integer<std::uint32_t>(p[2]) << 8 | std::to_integer<std::uint32_t>(p[3]);
}

// The segment is a chain of messages of these types: the last may go on in the next segment, but
// at least one must be whole, and those that have no body must have none.
bool is_chain(std::span<const std::byte> bytes, std::string_view types, std::string_view bodiless) {
    std::size_t whole = 0;
    while (bytes.size() >= header_bytes) {
        const char type = std::to_integer<char>(bytes[0]);
        const std::uint32_t length = read_uint32(bytes.data() + 1);
        if (types.find(type) == std::string_view::npos || length < 4 ||
            length > message_bytes_max) {
            return false;
        }
        if (bodiless.find(type) != std::string_view::npos && length != 4) return false;
        if (bytes.size() < length + 1U) return whole != 0;
        bytes = bytes.subspan(length + 1U);
        ++whole;
    }
    return whole != 0 &&
           (bytes.empty() || types.find(std::to_integer<char>(bytes[0])) != std::string_view::npos);
}

// A record header: content type 20…23, version 3.x, at most 2^14 + 2048 bytes.
bool is_tls_record(std::span<const std::byte> bytes) {
    if (bytes.size() < header_bytes) return false;
    const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
    const unsigned length = at(3) << 8 | at(4);
    return at(0) >= 20 && at(0) <= 23 && at(1) == 3 && at(2) <= 4 && length != 0 &&
           length <= (1 << 14) + 2048;
}

}  // namespace

sniffed sniff_messages(std::span<const std::byte> segment) {
    if (is_chain(segment, "QPBDECSHFXdcfp", "SHXc")) return sniffed::frontend;
    if (is_chain(segment, "123TDCZENSKRnstIAGHWdcVv", "123nsIc")) return sniffed::backend;
    if (is_tls_record(segment)) return sniffed::tls;
    return sniffed::unknown;
}

}  // namespace pgfold::captures
