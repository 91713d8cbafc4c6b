#include "analyzer/report/text_layout.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace pgfold::report {
namespace {

bool continues_code_point(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Texts come from the network: what a terminal would obey becomes a space. C0, DEL, and C1, which
// UTF-8 writes as 0xc2 and 0x80 … 0x9f.
void append_printable(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool c1 = byte >= 0x80 && byte < 0xa0 && !out.empty() && out.back() == '\xc2';
    if (c1) out.pop_back();
    out += byte < 0x20 || byte == 0x7f || c1 ? ' ' : c;
}

std::size_t find_keyword(std::string_view text, std::string_view lower_keyword, std::size_t from) {
    const auto found = std::search(
        text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())), text.end(),
        lower_keyword.begin(), lower_keyword.end(),
        [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    return found == text.end() ? std::string_view::npos
                               : static_cast<std::size_t>(found - text.begin());
}

}  // namespace

std::string with_thousands(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

std::string duration_text(double ms) {
    std::array<char, 48> text{};
    if (ms >= 1000) {
        std::snprintf(text.data(), text.size(), "%.2f s", ms / 1000);
    } else {
        std::snprintf(text.data(), text.size(), ms < 10 ? "%.2f ms" : "%.1f ms", ms);
    }
    return text.data();
}

std::string bytes_text(std::uint64_t bytes) {
    std::array<char, 32> text{};
    if (bytes < 10'000) return with_thousands(bytes) + " B";
    const bool mega = bytes >= 1'000'000;
    std::snprintf(text.data(), text.size(), "%.1f %s",
                  static_cast<double>(bytes) / (mega ? 1e6 : 1e3), mega ? "MB" : "kB");
    return text.data();
}

std::string counted(std::uint64_t number, std::string_view noun) {
    return with_thousands(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

std::size_t columns_of(std::string_view text) {
    return text.size() -
           static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_code_point));
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
    std::string result;
    std::size_t column = indent;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end = std::min(text.find(' ', i), text.size());
        const std::string_view word = text.substr(i, end - i);
        i = end + 1;
        if (word.empty()) continue;
        const std::size_t size = columns_of(word);
        if (column != indent) {
            if (column + 1 + size > width) {
                result += '\n' + std::string(indent, ' ');
                column = indent;
            } else {
                result += ' ';
                ++column;
            }
        }
        for (const char c : word)
            append_printable(result, c);
        column += size;
    }
    return result;
}

std::string shortened(std::string_view text, std::size_t width) {
    std::string result;
    std::size_t columns = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!continues_code_point(c) && ++columns > width) {
            while (!result.empty() && continues_code_point(result.back()))
                result.pop_back();
            if (!result.empty()) result.pop_back();
            return result + "…";
        }
        append_printable(result, c);
    }
    return result;
}

std::string elided_query(std::string_view query, std::size_t select_list_max) {
    constexpr std::string_view select = "select ";
    constexpr std::size_t query_max = 700;  // columns
    std::string text(query);
    const std::size_t from = find_keyword(text, " from ", 0);
    if (find_keyword(text, select, 0) == 0 && from != std::string::npos &&
        from > select.size() + select_list_max) {
        const std::size_t comma = text.rfind(',', select.size() + select_list_max);
        const std::size_t kept = comma == std::string::npos ? select.size() : comma + 2;
        if (kept < from) text.replace(kept, from - kept, "…");
    }
    return shortened(text, query_max);
}

}  // namespace pgfold::report
