// Identifiers as SQL writes them.
#pragma once

#include <string>
#include <string_view>

namespace pgfold::sql::tree {

// In double quotes: right for any name.
[[nodiscard]] inline std::string quoted(std::string_view identifier) {
    std::string text = "\"";
    for (const char c : identifier) {
        if (c == '"') text += '"';
        text += c;
    }
    return text + '"';
}

}  // namespace pgfold::sql::tree
