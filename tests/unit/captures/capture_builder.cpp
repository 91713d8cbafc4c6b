#include "unit/captures/capture_builder.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <unistd.h>

namespace pgfold::test {
namespace {

void big16(std::string& out, unsigned value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value);
}
void big32(std::string& out, std::uint32_t value) {
    big16(out, value >> 16);
    big16(out, value & 0xffff);
}
void little16(std::string& out, unsigned value) {
    out += static_cast<char>(value);
    out += static_cast<char>(value >> 8);
}
void little32(std::string& out, std::uint32_t value) {
    little16(out, value & 0xffff);
    little16(out, value >> 16);
}

std::string address_bytes(std::string_view text) {
    std::array<char, 16> bytes{};
    const std::string address(text);
    const bool v6 = address.find(':') != std::string::npos;
    if (inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) {
        throw std::invalid_argument(address);
    }
    return {bytes.data(), v6 ? 16U : 4U};
}

std::string tcp_bytes(const packet_spec& spec) {
    std::string out;
    big16(out, spec.from.port);
    big16(out, spec.to.port);
    big32(out, spec.sequence);
    big32(out, spec.acknowledgement);
    out += '\x50';  // five words of header
    out += static_cast<char>((spec.flags.fin ? 1 : 0) | (spec.flags.syn ? 2 : 0) |
                             (spec.flags.rst ? 4 : 0) | (spec.flags.ack ? 16 : 0));
    big16(out, 65535);
    big32(out, 0);  // checksum, urgent pointer
    out += spec.payload;
    return out;
}

std::string ip_bytes(const packet_spec& spec) {
    const std::string tcp = tcp_bytes(spec);
    const std::string source = address_bytes(spec.from.address);
    std::string out;
    if (source.size() == 4) {
        out += "\x45";
        out += '\0';
        big16(out, static_cast<unsigned>(20 + tcp.size()));
        big32(out, 0x00004000);  // don't fragment
        out += "\x40\x06";
        big16(out, 0);
    } else {
        big32(out, 0x60000000);
        big16(out, static_cast<unsigned>(tcp.size()));
        out += "\x06\x40";
    }
    return out + source + address_bytes(spec.to.address) + tcp;
}

}  // namespace

std::string build_packet(link type, const packet_spec& spec) {
    const std::string ip = ip_bytes(spec);
    const unsigned ether_type = ip[0] >> 4 == 4 ? 0x0800 : 0x86dd;
    std::string out;
    switch (type) {
        case link::ethernet:
            out.append(12, '\x02');
            if (spec.vlan) {
                big16(out, 0x8100);
                big16(out, 42);
            }
            big16(out, ether_type);
            break;
        case link::cooked:
            big16(out, 0);
            big16(out, 1);
            big16(out, 6);
            out.append(8, '\0');
            big16(out, ether_type);
            break;
        case link::cooked2:
            big16(out, ether_type);
            out.append(18, '\0');
            break;
        case link::null:
            little32(out, ether_type == 0x0800 ? 2 : 30);
            break;
        case link::raw:
            break;
    }
    return out + ip;
}

capture_builder::capture_builder(link type, format f, std::uint32_t snaplen)
    : type_(type), format_(f) {
    const auto link_type = static_cast<unsigned>(type);
    if (format_ == format::pcap) {
        little32(content_, 0xa1b2c3d4);
        little16(content_, 2);
        little16(content_, 4);
        little32(content_, 0);
        little32(content_, 0);
        little32(content_, snaplen);
        little32(content_, link_type);
        return;
    }
    little32(content_, 0x0a0d0d0a);  // section header
    little32(content_, 28);
    little32(content_, 0x1a2b3c4d);
    little16(content_, 1);
    little16(content_, 0);
    content_.append(8, '\xff');
    little32(content_, 28);
    little32(content_, 1);  // interface description, microseconds by default
    little32(content_, 20);
    little16(content_, link_type);
    little16(content_, 0);
    little32(content_, snaplen);
    little32(content_, 20);
}

capture_builder& capture_builder::add(std::int64_t at_us, const packet_spec& spec,
                                      std::size_t cut) {
    const std::string packet = build_packet(type_, spec);
    return add_raw(at_us, std::string_view(packet).substr(0, packet.size() - cut), packet.size());
}

capture_builder& capture_builder::add_raw(std::int64_t at_us, std::string_view packet,
                                          std::size_t wire_length) {
    const auto captured = static_cast<std::uint32_t>(packet.size());
    if (format_ == format::pcap) {
        little32(content_, static_cast<std::uint32_t>(at_us / 1'000'000));
        little32(content_, static_cast<std::uint32_t>(at_us % 1'000'000));
        little32(content_, captured);
        little32(content_, static_cast<std::uint32_t>(wire_length));
        content_ += packet;
        return *this;
    }
    const std::uint32_t padding = (4 - captured % 4) % 4;
    const std::uint32_t total = 32 + captured + padding;
    little32(content_, 6);  // enhanced packet
    little32(content_, total);
    little32(content_, 0);
    little32(content_, static_cast<std::uint32_t>(at_us >> 32));
    little32(content_, static_cast<std::uint32_t>(at_us));
    little32(content_, captured);
    little32(content_, static_cast<std::uint32_t>(wire_length));
    content_ += packet;
    content_.append(padding, '\0');
    little32(content_, total);
    return *this;
}

temporary_file::temporary_file(std::string_view content, std::string_view suffix) {
    const char* folder = std::getenv("TMPDIR");
    std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/pgfold_test_XXXXXX";
    path += suffix;
    const int fd = mkstemps(path.data(), static_cast<int>(suffix.size()));
    if (fd < 0) throw std::runtime_error("cannot make " + path);
    std::FILE* file = fdopen(fd, "wb");
    const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
    if (std::fclose(file) != 0 || !written) throw std::runtime_error("cannot write " + path);
    path_ = path;
}

temporary_file::~temporary_file() {
    std::remove(path_.c_str());
}

}  // namespace pgfold::test
