#include "analyzer/detect/canonical_value.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

#include "analyzer/detect/literal_token.hpp"
#include "analyzer/detect/type_oid.hpp"
#include "analyzer/detect/value_text.hpp"

// Inlined: libpg_query exports XXH symbols of another version.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pgfold::detect {
namespace {

constexpr std::size_t distinctive_text_bytes = 12;
constexpr std::int64_t distinctive_integer = 1LL << 31;

canonical_value from_integer(std::int64_t value) {
    std::uint64_t x = static_cast<std::uint64_t>(value) + 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return {(x ^ (x >> 31)) | 1, value_kind::integer,
            value >= distinctive_integer || value <= -distinctive_integer};
}

canonical_value from_bytes(std::string_view bytes, value_kind kind, bool distinctive,
                           std::uint64_t domain) {
    return {XXH3_64bits_withSeed(bytes.data(), bytes.size(), domain) | 1, kind, distinctive};
}

canonical_value from_uuid(const uuid_bytes& value) {
    return from_bytes({value.data(), value.size()}, value_kind::uuid, true, type_oid::uuid);
}

canonical_value from_raw(std::string_view bytes, std::uint32_t type) {
    return from_bytes(bytes, value_kind::other, false, 0x100000000ULL + type);
}

canonical_value from_text(std::string_view s) {
    if (const auto integer = parse_integer(s)) return from_integer(*integer);
    if (const auto uuid = parse_uuid(s)) return from_uuid(*uuid);
    return from_bytes(s, value_kind::text, s.size() >= distinctive_text_bytes, type_oid::text);
}

canonical_value from_double(double value) {
    if (std::nearbyint(value) == value && std::abs(value) < 9.0e15) {
        return from_integer(static_cast<std::int64_t>(value));
    }
    std::array<char, sizeof value> raw{};
    std::memcpy(raw.data(), &value, sizeof value);
    return from_bytes({raw.data(), raw.size()}, value_kind::other, false, type_oid::float8);
}

// "24", "24.00", "1e3": a number by value when it is whole.
canonical_value from_number_text(std::string_view s) {
    std::string_view whole = s;
    if (const auto point = s.find('.'); point != std::string_view::npos) {
        const auto rest = s.find_first_not_of('0', point + 1);
        if (rest == std::string_view::npos) whole = s.substr(0, point);
    }
    if (whole.starts_with('+')) whole.remove_prefix(1);
    if (const auto integer = parse_integer(whole)) return from_integer(*integer);
    double value = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (error == std::errc{} && end == s.data() + s.size()) return from_double(value);
    return from_bytes(s, value_kind::other, false, type_oid::numeric);
}

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes)
        value = (value << 8) | static_cast<unsigned char>(c);
    return value;
}

std::optional<std::int64_t> binary_integer(std::string_view bytes) {
    const std::uint64_t value = big_endian(bytes);
    switch (bytes.size()) {
        case 2:
            return static_cast<std::int16_t>(value);
        case 4:
            return static_cast<std::int32_t>(value);
        case 8:
            return static_cast<std::int64_t>(value);
        default:
            return std::nullopt;
    }
}

// numeric_send: int16 digit count, weight, sign, scale, then digits to the base of 10,000.
std::optional<std::int64_t> binary_numeric(std::string_view bytes) {
    if (bytes.size() < 8) return std::nullopt;
    const auto field = [&](std::size_t i) {
        return static_cast<std::int16_t>(big_endian(bytes.substr(i * 2, 2)));
    };
    const int digits = field(0);
    const int weight = field(1);
    const auto sign = static_cast<std::uint16_t>(field(2));
    if (digits < 0 || bytes.size() != 8 + static_cast<std::size_t>(digits) * 2) return std::nullopt;
    if (digits == 0) return sign == 0xC000 ? std::nullopt : std::optional<std::int64_t>(0);
    if (weight < 0 || weight > 3 || digits > weight + 1 || (sign != 0 && sign != 0x4000)) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    for (int i = 0; i <= weight; ++i) {
        value = value * 10'000 + (i < digits ? field(4 + static_cast<std::size_t>(i)) : 0);
    }
    return sign == 0x4000 ? -value : value;
}

canonical_value from_binary(std::string_view bytes, std::uint32_t type) {
    switch (type) {
        case type_oid::int2:
        case type_oid::int4:
        case type_oid::int8:
            if (const auto value = binary_integer(bytes)) return from_integer(*value);
            return from_raw(bytes, type);
        case type_oid::oid:
            return from_integer(static_cast<std::int64_t>(big_endian(bytes.substr(0, 4))));
        case type_oid::numeric:
            if (const auto value = binary_numeric(bytes)) return from_integer(*value);
            return from_raw(bytes, type);
        case type_oid::float8:
            if (bytes.size() == 8) {
                const std::uint64_t raw = big_endian(bytes);
                double value = 0;
                std::memcpy(&value, &raw, sizeof value);
                return from_double(value);
            }
            return from_raw(bytes, type);
        case type_oid::uuid:
            if (bytes.size() == 16) {
                uuid_bytes value{};
                std::memcpy(value.data(), bytes.data(), value.size());
                return from_uuid(value);
            }
            return from_raw(bytes, type);
        case type_oid::boolean:
            return from_text(bytes == std::string_view("\0", 1) ? "f" : "t");
        case type_oid::text:
        case type_oid::varchar:
        case type_oid::name:
        case type_oid::unknown:
            return from_text(bytes);
        case type_oid::bpchar:
            return canonicalize(bytes, type, false);
        case type_oid::unspecified:
            // Parse left the type to the server and its answer was not seen: the length tells
            // enough.
            if (bytes.size() == 16) return from_binary(bytes, type_oid::uuid);
            if (const auto value = binary_integer(bytes)) return from_integer(*value);
            return from_text(bytes);
        default:
            // Enumerations and citext send their text in binary format too.
            return type >= type_oid::first_user_defined ? from_text(bytes) : from_raw(bytes, type);
    }
}

}  // namespace

canonical_value canonicalize(std::string_view bytes, std::uint32_t type, bool binary) {
    if (binary) return from_binary(bytes, type);
    switch (type) {
        case type_oid::numeric:
        case type_oid::float4:
        case type_oid::float8:
            return from_number_text(bytes);
        case type_oid::bpchar: {
            const auto last = bytes.find_last_not_of(' ');  // trailing blanks do not count
            return from_text(bytes.substr(0, last == std::string_view::npos ? 0 : last + 1));
        }
        default:
            return from_text(bytes);
    }
}

canonical_value canonicalize(const argument& value) {
    if (value.is_null) return {};
    if (value.format != argument_format::literal) {
        return canonicalize(value.bytes, value.type_oid, value.format == argument_format::binary);
    }
    literal_buffer buffer;
    const literal_value literal = parse_literal(value.bytes, buffer);
    switch (literal.kind) {
        case literal_kind::number:
            return from_number_text(literal.bytes);
        case literal_kind::string:
            return from_text(literal.bytes);
        case literal_kind::null:
            return {};
        case literal_kind::other:
            break;
    }
    return from_raw(value.bytes, type_oid::unknown);
}

}  // namespace pgfold::detect
