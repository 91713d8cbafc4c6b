#include "analyzer/detect/literal_token.hpp"

#include <charconv>
#include <optional>

namespace pgfold::detect {
namespace {

// Undoes '' and, in E'…', backslash escapes. Nothing for what needs more than a byte to be known.
std::optional<std::string_view> unescape(std::string_view body, bool backslashes,
                                         literal_buffer& buffer) {
    if (body.size() > buffer.size()) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < body.size(); ++i) {
        char c = body[i];
        if (c == '\'') {
            if (i + 1 >= body.size() || body[i + 1] != '\'') return std::nullopt;
            ++i;
        } else if (c == '\\' && backslashes) {
            if (++i == body.size()) return std::nullopt;
            switch (body[i]) {
                case 'b':
                    c = '\b';
                    break;
                case 'f':
                    c = '\f';
                    break;
                case 'n':
                    c = '\n';
                    break;
                case 'r':
                    c = '\r';
                    break;
                case 't':
                    c = '\t';
                    break;
                case 'x': {
                    unsigned value = 0;
                    const char* first = body.data() + i + 1;
                    const char* last = body.data() + std::min(body.size(), i + 3);
                    const auto [end, error] = std::from_chars(first, last, value, 16);
                    if (error != std::errc{}) return std::nullopt;
                    i += static_cast<std::size_t>(end - first);
                    c = static_cast<char>(value);
                    break;
                }
                case 'u':
                case 'U':
                    return std::nullopt;
                default:
                    if (body[i] >= '0' && body[i] <= '7') return std::nullopt;
                    c = body[i];
            }
        }
        buffer[length++] = c;
    }
    return std::string_view(buffer.data(), length);
}

literal_value parse_quoted(std::string_view token, bool backslashes, literal_buffer& buffer) {
    if (token.size() < 2 || token.front() != '\'' || token.back() != '\'') return {};
    const std::string_view body = token.substr(1, token.size() - 2);
    if (body.find_first_of("'\\") == std::string_view::npos) return {literal_kind::string, body};
    if (const auto value = unescape(body, backslashes, buffer))
        return {literal_kind::string, *value};
    return {};
}

literal_value parse_dollar_quoted(std::string_view token) {
    const auto tag_end = token.find('$', 1);
    if (tag_end == std::string_view::npos) return {};
    const std::size_t delimiter = tag_end + 1;
    if (token.size() < 2 * delimiter) return {};
    return {literal_kind::string, token.substr(delimiter, token.size() - 2 * delimiter)};
}

}  // namespace

literal_value parse_literal(std::string_view token, literal_buffer& buffer) {
    if (token.empty()) return {};
    switch (token.front()) {
        case '\'':
            return parse_quoted(token, false, buffer);
        case '$':
            return parse_dollar_quoted(token);
        case 'E':
        case 'e':
            return parse_quoted(token.substr(1), true, buffer);
        case 'N':
        case 'n':
            if (token.size() == 4 && token[1] != '\'') return {literal_kind::null, {}};
            return parse_quoted(token.substr(1), false, buffer);
        default:
            break;
    }
    const char first = token.front();
    if ((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.') {
        // "- 3" is two tokens to PostgreSQL and one constant to its normalizer.
        const auto digits = token.find_first_not_of(" \t\r\n", 1);
        if (first == '-' && digits != std::string_view::npos && digits > 1 &&
            token.size() - digits < buffer.size()) {
            buffer[0] = '-';
            const std::size_t length = token.size() - digits;
            token.copy(buffer.data() + 1, length, digits);
            return {literal_kind::number, {buffer.data(), length + 1}};
        }
        return {literal_kind::number, token};
    }
    return {};
}

}  // namespace pgfold::detect
