#include "proxy/session/error_positions.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "proxy/protocol/byte_reader.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/frame_reader.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::session {

using protocol::backend_message;

namespace {

constexpr auto header_bytes = protocol::frame_reader::header_bytes;
constexpr char position_field = 'P';

bool parse_number(std::string_view text, std::uint64_t& number) {
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc() && read.ptr == end;
}

}  // namespace

text_cuts error_positions::take_expected() {
    if (expected_.empty()) return {};  // the session has gone blind
    const text_cuts cuts = expected_.front();
    expected_.erase(expected_.begin());
    return cuts;
}

void error_positions::append_corrected(std::span<const std::byte> message) {
    const text_cuts cuts = take_expected();
    if (cuts.empty()) return append(message);
    const std::size_t begin = out_.size();
    bool complete = false;
    {
        protocol::message_builder corrected(out_, static_cast<backend_message>(message[0]));
        protocol::byte_reader reader(message.subspan(header_bytes));
        while (reader.ok() && !reader.at_end()) {
            const auto field = reader.read_uint8();
            corrected.write_uint8(field);
            if (field == 0) {
                complete = reader.at_end();
                break;
            }
            std::string_view value = reader.read_string();
            std::string moved;
            std::uint64_t position = 0;
            if (static_cast<char>(field) == position_field && parse_number(value, position)) {
                moved = std::to_string(cuts.original(position));
                value = moved;
            }
            corrected.write_string(value);
        }
    }
    if (complete) return;
    out_.resize(begin);
    append(message);
}

std::span<const std::byte> error_positions::filter(std::span<const std::byte> bytes) {
    if (lost_) return bytes;
    const auto given = bytes;
    out_.clear();
    std::vector<std::byte> joined;
    if (!held_.empty()) {
        joined = std::exchange(held_, {});
        joined.insert(joined.end(), bytes.begin(), bytes.end());
        bytes = joined;
    }
    bool changed = !joined.empty();
    std::size_t at = 0;
    std::size_t passed = 0;  // up to here everything is in out_, if anything is
    while (at < bytes.size()) {
        if (pass_bytes_ > 0) {
            const auto part = std::min<std::uint64_t>(pass_bytes_, bytes.size() - at);
            pass_bytes_ -= part;
            at += part;
            continue;
        }
        const auto rest = bytes.subspan(at);
        if (rest.size() < header_bytes) break;
        const auto type = static_cast<backend_message>(rest[0]);
        const std::uint64_t size = std::uint64_t{protocol::load_uint32(rest.data() + 1)} + 1;
        if (size < header_bytes) {
            lost_ = true;
            at = bytes.size();
            break;
        }
        const bool placed =
            type == backend_message::error_response || type == backend_message::notice_response;
        if (!placed || size > message_bytes_max) {
            if (placed) (void)take_expected();
            pass_bytes_ = size;
            continue;
        }
        if (rest.size() < size) break;
        append(bytes.subspan(passed, at - passed));
        append_corrected(rest.first(size));
        at += size;
        passed = at;
        changed = true;
    }
    held_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
    if (!changed && held_.empty()) return given;
    append(bytes.subspan(passed, at - passed));
    return out_;
}

}  // namespace pgfold::session
