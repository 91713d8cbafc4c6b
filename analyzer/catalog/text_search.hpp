// Words in a text, in any case.
#pragma once

#include <algorithm>
#include <string_view>

namespace pgfold::catalog {

[[nodiscard]] inline bool same_folded(char a, char b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    return lower(a) == lower(b);
}

[[nodiscard]] inline bool contains_folded(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same_folded) !=
           text.end();
}

[[nodiscard]] inline bool begins_folded(std::string_view text, std::string_view part) {
    return text.size() >= part.size() &&
           std::equal(part.begin(), part.end(), text.begin(), same_folded);
}

}  // namespace pgfold::catalog
