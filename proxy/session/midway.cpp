// Joining a conversation that is under way. A ReadyForQuery at the end of what the server sent,
// followed by something of the client that can be the start of a message: from there both
// directions are at a boundary and nothing is outstanding.
#include <string_view>

#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

namespace {

constexpr std::size_t ready_for_query_bytes = 6;

bool ends_with_ready_for_query(std::span<const std::byte> bytes) {
    if (bytes.size() < ready_for_query_bytes) return false;
    const auto tail = protocol::as_text(bytes.last(ready_for_query_bytes));
    return tail.substr(0, 5) == std::string_view("Z\0\0\0\5", 5) &&
           (tail[5] == 'I' || tail[5] == 'T' || tail[5] == 'E');
}

bool starts_like_request(std::span<const std::byte> bytes) {
    if (bytes.size() < protocol::frame_reader::header_bytes) return false;
    const auto type = static_cast<char>(bytes[0]);
    if (std::string_view("QPBEDCSHFX").find(type) == std::string_view::npos) return false;
    const auto length = protocol::load_uint32(bytes.data() + 1);
    return length >= 4 && length <= protocol::message_bytes_max;
}

}  // namespace

void session::implementation::look_for_boundary_backend(std::span<const std::byte> bytes) {
    boundary_ = ends_with_ready_for_query(bytes);
    if (boundary_) status_ = static_cast<char>(bytes.back());
}

bool session::implementation::look_for_boundary_frontend(std::span<const std::byte> bytes,
                                                         timestamp now) {
    if (!boundary_ || !starts_like_request(bytes)) return false;
    midway_ = false;
    begin(now);
    return phase_ == session_phase::ready;
}

}  // namespace pgfold::session
