#include "proxy/freshness/replication/stream_message.hpp"

namespace pgfold::freshness {
namespace {

std::uint64_t read_uint64(protocol::byte_reader& reader) {
    const std::uint64_t high = reader.read_uint32();
    return high << 32 | reader.read_uint32();
}

void store_uint64(std::byte* to, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        *to++ = static_cast<std::byte>(value >> shift);
}

}  // namespace

std::optional<stream_message> parse_stream_message(protocol::byte_span copy_data) {
    protocol::byte_reader reader(copy_data);
    stream_message found;
    switch (reader.read_uint8()) {
        case 'w':
            found.what = stream_message::kind::data;
            found.position = read_uint64(reader);
            read_uint64(reader);  // the server's end of WAL: the same, in logical replication
            read_uint64(reader);  // its clock
            found.payload = reader.read_rest();
            break;
        case 'k':
            found.what = stream_message::kind::keepalive;
            found.position = read_uint64(reader);
            read_uint64(reader);  // its clock
            found.reply_requested = reader.read_uint8() != 0;
            break;
        default:
            return std::nullopt;
    }
    if (!reader.ok()) return std::nullopt;
    return found;
}

status_update build_status_update(wal_position position, bool reply_requested) {
    status_update bytes{};
    bytes[0] = std::byte{'r'};
    store_uint64(&bytes[1], position);   // written
    store_uint64(&bytes[9], position);   // flushed
    store_uint64(&bytes[17], position);  // applied
    // Bytes 25 to 32 are our clock, which the server only shows.
    bytes[33] = std::byte{reply_requested ? std::uint8_t{1} : std::uint8_t{0}};
    return bytes;
}

}  // namespace pgfold::freshness
