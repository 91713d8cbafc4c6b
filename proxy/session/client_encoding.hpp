// Which client encodings keep ASCII bytes to themselves.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace pgfold::session {

// In these a trailing byte of a multi-byte character can be a backslash, a quote or a letter, so
// SQL in them cannot be read byte by byte. (PostgreSQL has them as client encodings only.)
[[nodiscard]] inline bool is_ascii_safe_encoding(std::string_view name) {
    constexpr std::array<std::string_view, 7> unsafe = {"SJIS",    "BIG5",  "GBK",           "UHC",
                                                        "GB18030", "JOHAB", "SHIFT_JIS_2004"};
    return std::find(unsafe.begin(), unsafe.end(), name) == unsafe.end();
}

}  // namespace pgfold::session
