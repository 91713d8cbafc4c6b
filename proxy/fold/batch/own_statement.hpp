// Messages around prepared statements of pgfold's own on a client's server connection. Their names
// begin with pgfold_; each is closed before it is made, since an error may have kept the server
// from closing it the last time. Closing what does not exist is no error.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::fold {

inline void append_close_statement(std::vector<std::byte>& out, std::string_view name) {
    protocol::message_builder(out, protocol::frontend_message::close)
        .write_uint8(static_cast<std::uint8_t>(protocol::describe_target::statement))
        .write_string(name);
}

// Of the unnamed portal, all rows.
inline void append_execute(std::vector<std::byte>& out) {
    protocol::message_builder(out, protocol::frontend_message::execute)
        .write_string("")
        .write_uint32(0);
}

// A statement without parameters, from Parse to Close, without Sync. The client's unnamed statement
// stays. Answered by CloseComplete ParseComplete BindComplete … CommandComplete CloseComplete.
inline void append_own_statement(std::vector<std::byte>& out, std::string_view name,
                                 std::string_view text) {
    using protocol::frontend_message;
    append_close_statement(out, name);
    protocol::message_builder(out, frontend_message::parse)
        .write_string(name)
        .write_string(text)
        .write_uint16(0);
    protocol::message_builder(out, frontend_message::bind)
        .write_string("")
        .write_string(name)
        .write_uint16(0)
        .write_uint16(0)
        .write_uint16(0);
    append_execute(out);
    append_close_statement(out, name);
}

}  // namespace pgfold::fold
