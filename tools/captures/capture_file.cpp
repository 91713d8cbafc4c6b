#include "tools/captures/capture_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include <sys/stat.h>

#include <pcap/pcap.h>

namespace pgfold::captures {

struct capture_file::handle {
    pcap_t* pcap = nullptr;
    std::FILE* file = nullptr;  // owned by `pcap` once that exists
    // Where the next record of a pcap file begins; 0: it is another format, where the file is
    // asked.
    std::uint64_t counted = 0;
    std::vector<char> buffer;

    handle() = default;
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;
    ~handle() {
        if (pcap != nullptr) {
            pcap_close(pcap);  // closes the file, but for stdin
        } else if (file != nullptr && file != stdin) {
            std::fclose(file);
        }
    }

    // Asking the file costs a system call, and this is done for each packet.
    [[nodiscard]] std::uint64_t offset() const {
        if (counted != 0) return counted;
        const off_t at = ftello(file);
        return at < 0 ? 0 : static_cast<std::uint64_t>(at);
    }
};

namespace {

constexpr std::size_t buffer_bytes = 1 << 20;
constexpr std::uint64_t pcap_header_bytes = 24, pcap_record_bytes = 16;

bool is_plain_pcap(std::FILE* file) {
    std::uint32_t magic = 0;
    const bool read = std::fread(&magic, sizeof magic, 1, file) == 1;
    std::rewind(file);
    for (const std::uint32_t known : {0xa1b2c3d4U, 0xa1b23c4dU})
        if (read && (magic == known || magic == __builtin_bswap32(known))) return true;
    return false;
}

// What people hand in by mistake, told from the first bytes.
std::string guess_content(std::FILE* file) {
    std::array<unsigned char, 8> head{};
    std::rewind(file);
    const std::size_t n = std::fread(head.data(), 1, head.size(), file);
    const auto starts_with = [&](std::string_view magic) {
        return n >= magic.size() && std::memcmp(head.data(), magic.data(), magic.size()) == 0;
    };
    if (n == 0) return "the file is empty";
    if (starts_with("\x1f\x8b")) return "it is compressed with gzip: run gunzip on it first";
    if (starts_with("\x28\xb5\x2f\xfd"))
        return "it is compressed with zstd: run unzstd on it first";
    if (starts_with("\xfd"
                    "7zXZ"))
        return "it is compressed with xz: run unxz on it first";
    if (starts_with("BZh")) return "it is compressed with bzip2: run bunzip2 on it first";
    return "expected a pcap or pcapng file, as tcpdump -w and Wireshark write them";
}

}  // namespace

capture_file::capture_file() : handle_(std::make_unique<handle>()) {}
capture_file::~capture_file() = default;

bool capture_file::open(const std::string& path) {
    handle_ = std::make_unique<handle>();
    record_offset_ = 0;
    const bool standard_input = path == "-";
    const std::string name = standard_input ? "standard input" : path;

    struct stat status {};
    if (!standard_input && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        error_ = name + ": is a directory: name the capture files in it";
        return false;
    }
    handle_->file = standard_input ? stdin : std::fopen(path.c_str(), "rb");
    if (handle_->file == nullptr) {
        error_ = name + ": " + std::strerror(errno);
        return false;
    }
    if (!standard_input) {
        handle_->buffer.resize(buffer_bytes);
        std::setvbuf(handle_->file, handle_->buffer.data(), _IOFBF, buffer_bytes);
        if (is_plain_pcap(handle_->file)) handle_->counted = pcap_header_bytes;
    }
    std::array<char, PCAP_ERRBUF_SIZE> why{};
    handle_->pcap = pcap_fopen_offline_with_tstamp_precision(
        handle_->file, PCAP_TSTAMP_PRECISION_NANO, why.data());
    if (handle_->pcap == nullptr) {
        error_ = name + ": not a capture that can be read: ";
        error_ += standard_input ? why.data() : guess_content(handle_->file);
        if (!standard_input && std::strstr(why.data(), "unknown file format") == nullptr) {
            error_ += std::string(" (libpcap: ") + why.data() + ")";
        }
        return false;
    }
    return true;
}

packet_status capture_file::next(captured_packet& packet) {
    record_offset_ = handle_->offset();
    pcap_pkthdr* header = nullptr;
    const unsigned char* bytes = nullptr;
    switch (pcap_next_ex(handle_->pcap, &header, &bytes)) {
        case 1:
            break;
        case PCAP_ERROR_BREAK:
            return packet_status::end;
        default:
            error_ = pcap_geterr(handle_->pcap);
            return packet_status::fault;
    }
    packet.bytes = {reinterpret_cast<const std::byte*>(bytes), header->caplen};
    if (handle_->counted != 0) handle_->counted += pcap_record_bytes + header->caplen;
    packet.wire_length = std::max(header->len, header->caplen);
    // With nanosecond precision asked for, tv_usec holds nanoseconds.
    packet.at = timestamp(std::chrono::seconds(header->ts.tv_sec) +
                          std::chrono::nanoseconds(header->ts.tv_usec));
    return packet_status::packet;
}

std::uint64_t capture_file::offset() const {
    return handle_->offset();
}

int capture_file::link_type() const {
    return pcap_datalink(handle_->pcap);
}

std::string capture_file::link_type_name() const {
    const char* name = pcap_datalink_val_to_name(link_type());
    return name != nullptr ? name : std::to_string(link_type());
}

}  // namespace pgfold::captures
