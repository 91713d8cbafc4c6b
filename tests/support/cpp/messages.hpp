// Builders for the messages of both sides, for tests that speak in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::test {

using bytes = std::vector<std::byte>;

inline bytes operator+(bytes a, const bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline bytes raw(std::string_view text) {
    const auto* p = reinterpret_cast<const std::byte*>(text.data());
    return {p, p + text.size()};
}

template <class Type, class Fill>
bytes message(Type type, Fill fill) {
    bytes out;
    {
        protocol::message_builder builder(out, type);
        fill(builder);
    }
    return out;
}

template <class Type>
bytes message(Type type) {
    return message(type, [](auto&) {});
}

namespace frontend {

using type = protocol::frontend_message;

inline bytes query(std::string_view text) {
    return message(type::query, [&](auto& m) { m.write_string(text); });
}

inline bytes parse(std::string_view name, std::string_view text,
                   std::initializer_list<std::uint32_t> types = {}) {
    return message(type::parse, [&](auto& m) {
        m.write_string(name).write_string(text).write_uint16(
            static_cast<std::uint16_t>(types.size()));
        for (const auto t : types)
            m.write_uint32(t);
    });
}

using values = std::vector<std::optional<std::string>>;

inline bytes bind(std::string_view portal, std::string_view statement,
                  const values& parameters = {}, std::initializer_list<std::uint16_t> formats = {},
                  std::initializer_list<std::uint16_t> results = {}) {
    return message(type::bind, [&](auto& m) {
        m.write_string(portal).write_string(statement);
        m.write_uint16(static_cast<std::uint16_t>(formats.size()));
        for (const auto f : formats)
            m.write_uint16(f);
        m.write_uint16(static_cast<std::uint16_t>(parameters.size()));
        for (const auto& p : parameters) {
            m.write_uint32(p ? static_cast<std::uint32_t>(p->size()) : 0xffff'ffff);
            if (p) m.write_bytes(raw(*p));
        }
        m.write_uint16(static_cast<std::uint16_t>(results.size()));
        for (const auto f : results)
            m.write_uint16(f);
    });
}

inline bytes named(type t, char target, std::string_view name) {
    return message(
        t, [&](auto& m) { m.write_uint8(static_cast<std::uint8_t>(target)).write_string(name); });
}
inline bytes describe_portal(std::string_view name) {
    return named(type::describe, 'P', name);
}
inline bytes describe_statement(std::string_view name) {
    return named(type::describe, 'S', name);
}
inline bytes close_statement(std::string_view name) {
    return named(type::close, 'S', name);
}
inline bytes close_portal(std::string_view name) {
    return named(type::close, 'P', name);
}

inline bytes execute(std::string_view portal = "", std::uint32_t rows_max = 0) {
    return message(type::execute, [&](auto& m) { m.write_string(portal).write_uint32(rows_max); });
}
inline bytes sync() {
    return message(type::sync);
}
inline bytes flush() {
    return message(type::flush);
}
inline bytes terminate() {
    return message(type::terminate);
}
inline bytes copy_data(std::string_view data) {
    return message(type::copy_data, [&](auto& m) { m.write_bytes(raw(data)); });
}
inline bytes copy_done() {
    return message(type::copy_done);
}
inline bytes copy_fail(std::string_view why) {
    return message(type::copy_fail, [&](auto& m) { m.write_string(why); });
}
inline bytes function_call() {
    return message(type::function_call, [](auto& m) {
        m.write_uint32(1).write_uint16(0).write_uint16(0).write_uint16(0);
    });
}
inline bytes sasl_initial_response(std::string_view mechanism, std::string_view response) {
    return message(type::password, [&](auto& m) {
        m.write_string(mechanism).write_uint32(static_cast<std::uint32_t>(response.size()));
        m.write_bytes(raw(response));
    });
}

}  // namespace frontend

namespace backend {

using type = protocol::backend_message;

inline bytes authentication_ok() {
    return message(type::authentication, [](auto& m) { m.write_uint32(0); });
}
inline bytes authentication_sasl(std::initializer_list<std::string_view> mechanisms) {
    return message(type::authentication, [&](auto& m) {
        m.write_uint32(10);
        for (const auto name : mechanisms)
            m.write_string(name);
        m.write_uint8(0);
    });
}
inline bytes backend_key_data(std::uint32_t process_id, std::string_view secret) {
    return message(type::backend_key_data,
                   [&](auto& m) { m.write_uint32(process_id).write_bytes(raw(secret)); });
}
inline bytes ready(char status = 'I') {
    return message(type::ready_for_query,
                   [&](auto& m) { m.write_uint8(static_cast<std::uint8_t>(status)); });
}
inline bytes complete(std::string_view tag) {
    return message(type::command_complete, [&](auto& m) { m.write_string(tag); });
}
inline bytes parse_complete() {
    return message(type::parse_complete);
}
inline bytes bind_complete() {
    return message(type::bind_complete);
}
inline bytes close_complete() {
    return message(type::close_complete);
}
inline bytes no_data() {
    return message(type::no_data);
}
inline bytes empty_query() {
    return message(type::empty_query_response);
}
inline bytes suspended() {
    return message(type::portal_suspended);
}
inline bytes function_call_response() {
    return message(type::function_call_response, [](auto& m) { m.write_uint32(0xffff'ffff); });
}
inline bytes parameter_description(std::initializer_list<std::uint32_t> types) {
    return message(type::parameter_description, [&](auto& m) {
        m.write_uint16(static_cast<std::uint16_t>(types.size()));
        for (const auto t : types)
            m.write_uint32(t);
    });
}

struct column {
    std::string name;
    std::uint32_t table = 0;
    std::uint16_t attribute = 0;
    std::uint32_t type = 23;
    std::uint16_t format = 0;
};
inline bytes row_description(const std::vector<column>& columns) {
    return message(type::row_description, [&](auto& m) {
        m.write_uint16(static_cast<std::uint16_t>(columns.size()));
        for (const auto& c : columns)
            m.write_string(c.name)
                .write_uint32(c.table)
                .write_uint16(c.attribute)
                .write_uint32(c.type)
                .write_uint16(4)
                .write_uint32(0xffff'ffff)
                .write_uint16(c.format);
    });
}
inline bytes data_row(const std::vector<std::optional<std::string>>& columns) {
    return message(type::data_row, [&](auto& m) {
        m.write_uint16(static_cast<std::uint16_t>(columns.size()));
        for (const auto& c : columns) {
            m.write_uint32(c ? static_cast<std::uint32_t>(c->size()) : 0xffff'ffff);
            if (c) m.write_bytes(raw(*c));
        }
    });
}
// `position`: in the text of the statement; 0: none.
inline bytes error(std::string_view sqlstate, std::string_view text = "wrong",
                   std::size_t position = 0) {
    return message(type::error_response, [&](auto& m) {
        m.write_uint8('S').write_string("ERROR").write_uint8('V').write_string("ERROR");
        m.write_uint8('C').write_string(sqlstate).write_uint8('M').write_string(text);
        if (position > 0) m.write_uint8('P').write_string(std::to_string(position));
        m.write_uint8(0);
    });
}
inline bytes notice(std::string_view text = "note") {
    return message(type::notice_response, [&](auto& m) {
        m.write_uint8('S').write_string("NOTICE").write_uint8('M').write_string(text).write_uint8(
            0);
    });
}
inline bytes notification(std::string_view channel) {
    return message(type::notification_response, [&](auto& m) {
        m.write_uint32(7).write_string(channel).write_string("payload");
    });
}
inline bytes parameter_status(std::string_view name, std::string_view value) {
    return message(type::parameter_status,
                   [&](auto& m) { m.write_string(name).write_string(value); });
}
inline bytes copy_response(type t) {
    return message(t, [](auto& m) { m.write_uint8(0).write_uint16(1).write_uint16(0); });
}
inline bytes copy_in() {
    return copy_response(type::copy_in_response);
}
inline bytes copy_out() {
    return copy_response(type::copy_out_response);
}
inline bytes copy_data(std::string_view data) {
    return message(type::copy_data, [&](auto& m) { m.write_bytes(raw(data)); });
}
inline bytes copy_done() {
    return message(type::copy_done);
}

}  // namespace backend

}  // namespace pgfold::test
