#include "analyzer/detect/value_text.hpp"

#include <charconv>

namespace pgfold::detect {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view s) {
    const std::string_view digits = s.starts_with('-') ? s.substr(1) : s;
    if (digits.empty() || digits.size() > 19 || (digits[0] == '0' && s.size() > 1)) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (error != std::errc{} || end != s.data() + s.size()) return std::nullopt;
    return value;
}

std::optional<uuid_bytes> parse_uuid(std::string_view s) {
    if (s.size() < 32 || s.size() > 41) return std::nullopt;
    if (s.front() == '{') {
        if (s.back() != '}') return std::nullopt;
        s = s.substr(1, s.size() - 2);
    }
    uuid_bytes value{};
    std::size_t nibbles = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s[i] == '-') {
            if (nibbles == 0 || nibbles % 4 != 0 || nibbles == 32 || s[i - 1] == '-')
                return std::nullopt;
            continue;
        }
        const int digit = hex_digit(s[i]);
        if (digit < 0 || nibbles == 32) return std::nullopt;
        char& byte = value[nibbles / 2];
        byte = static_cast<char>((static_cast<unsigned char>(byte) << 4) |
                                 static_cast<unsigned>(digit));
        ++nibbles;
    }
    if (nibbles != 32) return std::nullopt;
    return value;
}

}  // namespace pgfold::detect
