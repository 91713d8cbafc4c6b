#include "analyzer/report/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace pgfold::report {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

unsigned at(std::string_view text, std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

bool is_continuation(unsigned byte) {
    return (byte & 0xc0) == 0x80;
}

// Length of the well-formed sequence at the start of `text`, 0 if there is none.
std::size_t sequence_length(std::string_view text) {
    const unsigned first = at(text, 0);
    const unsigned second = at(text, 1);
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4 || !is_continuation(second)) return 0;
    if (first < 0xe0) return 2;
    if (!is_continuation(at(text, 2))) return 0;
    if (first < 0xf0) {
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    if (!is_continuation(at(text, 3))) return 0;
    const bool overlong = first == 0xf0 && second < 0x90;
    const bool beyond = first == 0xf4 && second > 0x8f;
    return overlong || beyond ? 0 : 4;
}

}  // namespace

std::string to_valid_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = sequence_length(text.substr(i));
        result += length == 0 ? replacement : text.substr(i, length);
        i += std::max<std::size_t>(length, 1);
    }
    return result;
}

}  // namespace pgfold::report
