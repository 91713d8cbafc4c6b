#include "proxy/freshness/replication/pgoutput.hpp"

namespace pgfold::freshness {
namespace {

using protocol::byte_reader;

std::uint64_t read_uint64(byte_reader& reader) {
    const std::uint64_t high = reader.read_uint32();
    return high << 32 | reader.read_uint32();
}

// The new row, or before it what identifies the old one.
bool is_row_tag(std::uint8_t tag) {
    return tag == 'N' || tag == 'K' || tag == 'O';
}

pgoutput_message read_row_change(byte_reader& reader, std::vector<catalog::oid>& relations) {
    const catalog::oid relation = reader.read_uint32();
    const bool known = is_row_tag(reader.read_uint8()) && reader.ok();
    if (!known) return {};
    relations.push_back(relation);
    return {change_kind::change, 0, 0};
}

pgoutput_message read_truncate(byte_reader& reader, std::vector<catalog::oid>& relations) {
    const std::uint32_t count = reader.read_uint32();
    reader.read_uint8();  // CASCADE, RESTART IDENTITY
    if (reader.remaining() != std::uint64_t{count} * 4) return {};
    for (std::uint32_t i = 0; i < count; ++i)
        relations.push_back(reader.read_uint32());
    return {reader.ok() ? change_kind::change : change_kind::unknown, 0, 0};
}

}  // namespace

pgoutput_message parse_pgoutput(protocol::byte_span message, std::vector<catalog::oid>& relations) {
    byte_reader reader(message);
    pgoutput_message found;
    switch (reader.read_uint8()) {
        case 'B':
            found = {change_kind::begin, read_uint64(reader), 0};
            read_uint64(reader);  // time of the commit
            found.transaction = reader.read_uint32();
            break;
        case 'C':
            reader.read_uint8();  // flags: none
            read_uint64(reader);  // where the commit stands
            found = {change_kind::commit, read_uint64(reader), 0};
            read_uint64(reader);  // its time
            break;
        case 'I':
        case 'U':
        case 'D':
            return read_row_change(reader, relations);
        case 'T':
            return read_truncate(reader, relations);
        case 'R':
        case 'Y':
        case 'O':
        case 'M':
            return {change_kind::harmless, 0, 0};
        default:
            return {};
    }
    if (!reader.complete()) return {};
    return found;
}

}  // namespace pgfold::freshness
