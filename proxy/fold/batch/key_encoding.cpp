#include "proxy/fold/batch/key_encoding.hpp"

#include <algorithm>
#include <tuple>

#include "analyzer/detect/literal_token.hpp"
#include "analyzer/detect/type_oid.hpp"
#include "analyzer/detect/value_text.hpp"
#include "proxy/fold/batch/integer_type.hpp"
#include "proxy/fold/batch/key_value.hpp"
#include "proxy/protocol/byte_writer.hpp"

namespace pgfold::fold {
namespace {

namespace type_oid = detect::type_oid;
using protocol::as_bytes;
using protocol::byte_writer;

// Whether a value of the type can have this canonical text.
bool suits_type(std::string_view key, std::uint32_t type) {
    if (!is_key_type(type) || key.size() > key_bytes_max) return false;
    if (is_integer_type(type)) return integer_of_type(key, type).has_value();
    if (type == type_oid::uuid) return key.size() == 36 && detect::parse_uuid(key).has_value();
    return key.find('\0') == std::string_view::npos;
}

void append(std::vector<std::byte>& out, std::string_view text) {
    byte_writer(out).write_bytes(as_bytes(text));
}

void append_binary_integer(std::vector<std::byte>& out, std::int64_t value, std::size_t size) {
    byte_writer writer(out);
    writer.write_uint32(static_cast<std::uint32_t>(size));
    const auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = size; i-- > 0;)
        writer.write_uint8(static_cast<std::uint8_t>(bits >> (8 * i)));
}

// In parentheses, which leave no trace in the parse tree, a minus is bound to its number and cannot
// melt into an operator or a comment: "id =-3::int2", "id=--3".
bool append_number(std::vector<std::byte>& out, std::string_view key, const literal_style& style) {
    if (!detect::parse_integer(key)) return false;
    const bool negative = key.starts_with('-');
    if (negative && !style.has_sign) {
        append(out, "(");
        append(out, key);
        append(out, ")");
        return true;
    }
    // Where the minus stood, a digit might join the word before: AND-3.
    if (!negative && style.has_sign) append(out, " ");
    append(out, key);
    return true;
}

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

// False: so long and so full of quotes that canonical_key() does not read it back.
bool append_quoted(std::vector<std::byte>& out, std::string_view key, std::string_view doubled) {
    const auto escapes = static_cast<std::size_t>(std::count_if(
        key.begin(), key.end(), [&](char c) { return doubled.find(c) != std::string_view::npos; }));
    if (escapes != 0 && key.size() + escapes > std::tuple_size_v<detect::literal_buffer>)
        return false;
    byte_writer writer(out);
    writer.write_uint8('\'');
    for (const char c : key) {
        if (doubled.find(c) != std::string_view::npos)
            writer.write_uint8(static_cast<std::uint8_t>(c));
        writer.write_uint8(static_cast<std::uint8_t>(c));
    }
    writer.write_uint8('\'');
    return true;
}

bool append_string(std::vector<std::byte>& out, std::string_view key, const literal_style& style,
                   sql::text_settings settings) {
    if (key.size() > key_bytes_max || key.find('\0') != std::string_view::npos) return false;
    // In some encodings the second byte of a character may be a quote's or a backslash's.
    if (!settings.single_byte_safe_encoding && !is_ascii(key)) return false;
    switch (style.kind) {
        case literal_style::notation::string:
            // canonical_key() does not read such a literal either: nobody could ask for the answer.
            if (key.find('\\') != std::string_view::npos) return false;
            return append_quoted(out, key, "'");
        case literal_style::notation::escape_string:
            append(out, "E");
            if (append_quoted(out, key, "'\\")) return true;
            out.pop_back();
            return false;
        case literal_style::notation::dollar_string:
            if (key.find('$') != std::string_view::npos) return false;
            append(out, style.delimiter);
            append(out, key);
            append(out, style.delimiter);
            return true;
        case literal_style::notation::number:
            break;
    }
    return false;
}

}  // namespace

bool append_bound_value(std::vector<std::byte>& out, std::string_view key, std::uint32_t type,
                        bool binary) {
    if (!suits_type(key, type)) return false;
    if (!binary) {
        byte_writer(out).write_uint32(static_cast<std::uint32_t>(key.size()));
        append(out, key);
        return true;
    }
    if (type == type_oid::unspecified) return false;
    if (is_integer_type(type)) {
        append_binary_integer(out, *integer_of_type(key, type), integer_size(type));
        return true;
    }
    std::string_view value = key;
    std::optional<detect::uuid_bytes> uuid;
    if (type == type_oid::uuid) {
        uuid = detect::parse_uuid(key);
        value = {uuid->data(), uuid->size()};
    }
    byte_writer(out).write_uint32(static_cast<std::uint32_t>(value.size()));
    append(out, value);
    return true;
}

std::optional<literal_style> read_literal_style(std::string_view token, sql::literal_kind kind) {
    using enum literal_style::notation;
    if (token.empty()) return std::nullopt;
    switch (kind) {
        case sql::literal_kind::integer:
            return literal_style{number, token.front() == '-', {}};
        case sql::literal_kind::string:
            if (token.front() != '\'') return std::nullopt;
            return literal_style{string, false, {}};
        case sql::literal_kind::escape_string:
            return literal_style{escape_string, false, {}};
        case sql::literal_kind::dollar_string: {
            const auto end = token.find('$', 1);
            if (token.front() != '$' || end == std::string_view::npos) return std::nullopt;
            return literal_style{dollar_string, false, std::string(token.substr(0, end + 1))};
        }
        default:
            return std::nullopt;
    }
}

bool append_literal(std::vector<std::byte>& out, std::string_view key, const literal_style& style,
                    sql::text_settings settings) {
    return style.kind == literal_style::notation::number ? append_number(out, key, style)
                                                         : append_string(out, key, style, settings);
}

std::uint32_t literal_type(std::string_view key, const literal_style& style) {
    if (style.kind != literal_style::notation::number) return type_oid::unspecified;
    return integer_of_type(key, type_oid::int4) ? type_oid::int4 : type_oid::int8;
}

bool append_array_element(std::string& out, std::string_view key, std::uint32_t type) {
    if (type == type_oid::unspecified || !suits_type(key, type)) return false;
    if (is_integer_type(type) || type == type_oid::uuid) {
        out += key;
        return true;
    }
    out += '"';
    for (const char c : key) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
    return true;
}

}  // namespace pgfold::fold
