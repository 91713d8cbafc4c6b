#include "proxy/session/comment_stripper.hpp"

#include <algorithm>
#include <string_view>

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/frame_reader.hpp"
#include "proxy/protocol/frontend/parse.hpp"
#include "proxy/protocol/frontend/query.hpp"
#include "proxy/session/stripped_text.hpp"

namespace pgfold::session {

using protocol::frontend_message;

namespace {

constexpr auto header_bytes = protocol::frame_reader::header_bytes;

}  // namespace

void comment_stripper::append_stripped(std::span<const std::byte> message,
                                       sql::statement_analyzer& analyzer,
                                       sql::text_settings settings) {
    const auto body = message.subspan(header_bytes);
    const bool is_query = static_cast<frontend_message>(message[0]) == frontend_message::query;
    std::string_view text;
    protocol::parse_view parse;
    if (is_query) {
        text = protocol::parse_query(body).value_or(std::string_view());
    } else if (const auto view = protocol::parse_parse(body)) {
        parse = *view;
        text = view->query;
    }
    const auto found = text.empty() ? sql::analysis{} : analyzer.analyze(text, settings);
    if (!found.statement || found.tag_comment.empty()) return append(message);
    const auto stripped = strip_comments(text, found).text;
    if (is_query) {
        protocol::message_builder(out_, frontend_message::query).write_string(stripped);
    } else {
        protocol::message_builder(out_, frontend_message::parse)
            .write_string(parse.statement_name)
            .write_string(stripped)
            .write_uint16(static_cast<std::uint16_t>(parse.parameter_type_count()))
            .write_bytes(parse.parameter_types);
    }
}

std::span<const std::byte> comment_stripper::filter(std::span<const std::byte> bytes,
                                                    sql::statement_analyzer& analyzer,
                                                    sql::text_settings settings) {
    if (lost_) return bytes;
    out_.clear();
    if (!held_.empty()) {
        held_.insert(held_.end(), bytes.begin(), bytes.end());
        bytes = held_;
    }
    while (!bytes.empty()) {
        if (pass_bytes_ > 0) {
            const auto part = bytes.first(std::min<std::uint64_t>(pass_bytes_, bytes.size()));
            append(part);
            pass_bytes_ -= part.size();
            bytes = bytes.subspan(part.size());
            continue;
        }
        if (bytes.size() < header_bytes) break;
        const auto type = static_cast<frontend_message>(bytes[0]);
        const std::uint64_t size = std::uint64_t{protocol::load_uint32(bytes.data() + 1)} + 1;
        if (size < header_bytes) {
            lost_ = true;
            append(bytes);
            bytes = {};
            break;
        }
        const bool may_change = type == frontend_message::query || type == frontend_message::parse;
        if (!may_change || size > message_bytes_max_) {
            pass_bytes_ = size;
            continue;
        }
        if (bytes.size() < size) break;
        append_stripped(bytes.first(size), analyzer, settings);
        bytes = bytes.subspan(size);
    }
    std::vector<std::byte> rest(bytes.begin(), bytes.end());
    held_.swap(rest);
    return out_;
}

}  // namespace pgfold::session
