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

}  // namespace

std::string deallocated_name(std::string_view normalized) {
    next_word(normalized);  // deallocate
    auto rest = normalized;
    auto word = next_word(rest);
    if (lower(word) == "prepare") {
        normalized = rest;
        word = next_word(rest);
    }
    if (word.starts_with('"')) return unquote(normalized.substr(normalized.find('"')));
    const auto name = lower(word);
    return name == "all" ? std::string() : name;
}

}  // namespace pgfold::session
