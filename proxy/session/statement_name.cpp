#include "proxy/session/statement_name.hpp"

#include <algorithm>
#include <cctype>

namespace pgfold::session {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string_view next_word(std::string_view& text) {
    const auto begin = text.find_first_not_of(" \t\r\n;");
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(" \t\r\n;"), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

std::string unquote(std::string_view text) {
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            if (i + 1 >= text.size() || text[i + 1] != '"') break;
            ++i;
        }
        out.push_back(text[i]);
    }
    return out;
}

// NAMEDATALEN, less its zero byte.
constexpr std::size_t identifier_bytes_max = 63;

}  // namespace

std::string identifier_name(std::string_view token) {
    std::string name = token.starts_with('"') ? unquote(token) : lower(token);
    if (name.size() <= identifier_bytes_max) return name;
    std::size_t end = identifier_bytes_max;  // not within a character of UTF-8
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80)
        --end;
    name.resize(end);
    return name;
}

std::string deallocated_name(std::string_view normalized) {
    next_word(normalized);  // deallocate
    auto rest = normalized;
    auto word = next_word(rest);
    if (lower(word) == "prepare") {
        normalized = rest;
        word = next_word(rest);
    }
    if (word.starts_with('"')) return identifier_name(normalized.substr(normalized.find('"')));
    const auto name = identifier_name(word);
    return name == "all" ? std::string() : name;
}

}  // namespace pgfold::session
