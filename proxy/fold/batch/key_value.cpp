#include "proxy/fold/batch/key_value.hpp"

#include "analyzer/detect/literal_token.hpp"
#include "analyzer/detect/type_oid.hpp"
#include "analyzer/detect/value_text.hpp"
#include "proxy/fold/batch/integer_type.hpp"

namespace pgfold::fold {
namespace {

namespace type_oid = detect::type_oid;

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes)
        value = (value << 8) | static_cast<unsigned char>(c);
    return value;
}

std::int64_t signed_value(std::string_view bytes) {
    const std::uint64_t value = big_endian(bytes);
    switch (bytes.size()) {
        case 2:
            return static_cast<std::int16_t>(value);
        case 4:
            return static_cast<std::int32_t>(value);
        default:
            return static_cast<std::int64_t>(value);
    }
}

std::optional<std::string> from_integer_text(std::string_view text, std::uint32_t type) {
    if (!integer_of_type(text, type)) return std::nullopt;
    return std::string(text);
}

std::string print_uuid(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

// A zero byte is in no value of a text type; nobody can ask for one.
std::optional<std::string> from_text(std::string_view text) {
    if (text.size() > key_bytes_max || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    return std::string(text);
}

std::optional<std::string> from_binary(std::string_view bytes, std::uint32_t type) {
    switch (type) {
        case type_oid::int2:
        case type_oid::int4:
        case type_oid::int8:
            if (bytes.size() != integer_size(type)) return std::nullopt;
            return std::to_string(signed_value(bytes));
        case type_oid::oid:
            if (bytes.size() != 4) return std::nullopt;
            return std::to_string(big_endian(bytes));
        case type_oid::uuid:
            if (bytes.size() != 16) return std::nullopt;
            return print_uuid(bytes);
        case type_oid::unspecified:
            return std::nullopt;  // binary, but of what?
        default:
            return from_text(bytes);
    }
}

}  // namespace

bool is_key_type(std::uint32_t type) {
    switch (type) {
        case type_oid::unspecified:
        case type_oid::name:
        case type_oid::int8:
        case type_oid::int2:
        case type_oid::int4:
        case type_oid::text:
        case type_oid::oid:
        case type_oid::unknown:
        case type_oid::bpchar:
        case type_oid::varchar:
        case type_oid::uuid:
            return true;
        default:
            return false;
    }
}

std::optional<std::string> canonical_key(std::string_view bytes, std::uint32_t type, bool binary) {
    if (!is_key_type(type)) return std::nullopt;
    if (binary) return from_binary(bytes, type);
    switch (type) {
        case type_oid::int2:
        case type_oid::int4:
        case type_oid::int8:
        case type_oid::oid:
            return from_integer_text(bytes, type);
        case type_oid::uuid:
            if (const auto value = detect::parse_uuid(bytes))
                return print_uuid({value->data(), value->size()});
            return std::nullopt;
        default:
            return from_text(bytes);
    }
}

std::optional<std::string> canonical_key(const detect::argument& value) {
    if (value.is_null) return std::nullopt;
    if (value.format != detect::argument_format::literal)
        return canonical_key(value.bytes, value.type_oid,
                             value.format == detect::argument_format::binary);
    // Whether a backslash in a plain string is one depends on standard_conforming_strings.
    if (value.bytes.starts_with('\'') && value.bytes.find('\\') != std::string_view::npos)
        return std::nullopt;
    detect::literal_buffer buffer;
    const detect::literal_value literal = detect::parse_literal(value.bytes, buffer);
    switch (literal.kind) {
        case detect::literal_kind::number:
            return from_integer_text(literal.bytes, type_oid::int8);
        case detect::literal_kind::string:
            return from_text(literal.bytes);
        default:
            return std::nullopt;
    }
}

}  // namespace pgfold::fold
