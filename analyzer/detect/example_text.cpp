#include "analyzer/detect/example_text.hpp"

#include <array>
#include <charconv>

#include "analyzer/detect/type_oid.hpp"

namespace pgfold::detect {
namespace {

constexpr std::size_t text_bytes_max = 2000;
constexpr std::size_t value_bytes_max = 80;
constexpr std::size_t values_max = 16;

void append_hex(std::string& out, std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    for (const char c : bytes) {
        out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
        out.push_back(digits[static_cast<unsigned char>(c) & 15]);
    }
}

void append_quoted(std::string& out, std::string_view bytes) {
    out.push_back('\'');
    for (const char c : bytes.substr(0, value_bytes_max)) {
        if (c == '\'') out.push_back('\'');
        out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
    out += bytes.size() > value_bytes_max ? "…'" : "'";
}

bool is_text(std::uint32_t type) {
    return type == type_oid::text || type == type_oid::varchar || type == type_oid::bpchar ||
           type == type_oid::name || type == type_oid::unknown;
}

void append_value(std::string& out, const argument& value) {
    const std::string_view bytes = value.bytes;
    if (value.is_null) {
        out += "NULL";
    } else if (value.format == argument_format::literal) {
        out += bytes.substr(0, value_bytes_max);
    } else if (value.format == argument_format::text || is_text(value.type_oid)) {
        append_quoted(out, bytes);
    } else if (value.type_oid == type_oid::uuid && bytes.size() == 16) {
        out.push_back('\'');
        for (std::size_t i = 0; i < 16; ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
            append_hex(out, bytes.substr(i, 1));
        }
        out.push_back('\'');
    } else if (bytes.size() == 2 || bytes.size() == 4 || bytes.size() == 8) {
        std::uint64_t raw = 0;
        for (const char c : bytes)
            raw = (raw << 8) | static_cast<unsigned char>(c);
        std::int64_t number = static_cast<std::int64_t>(raw);
        if (bytes.size() == 2) number = static_cast<std::int16_t>(raw);
        if (bytes.size() == 4) number = static_cast<std::int32_t>(raw);
        out += std::to_string(number);
    } else {
        out += "'\\x";
        append_hex(out, bytes.substr(0, value_bytes_max / 2));
        out.push_back('\'');
    }
}

}  // namespace

std::string example_of(const execution_start& start) {
    const std::string_view text =
        start.text.empty() ? std::string_view(start.statement->normalized_text) : start.text;
    std::string out(text.substr(0, text_bytes_max));
    const std::size_t bound =
        start.text.empty() ? start.arguments.size() : start.statement->bound_parameters;
    for (std::size_t i = 0; i < bound && i < start.arguments.size() && i < values_max; ++i) {
        out += i == 0 ? " -- $1 = " : ", $" + std::to_string(i + 1) + " = ";
        append_value(out, start.arguments[i]);
    }
    return out;
}

}  // namespace pgfold::detect
