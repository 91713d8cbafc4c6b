// What libpg_query says about a text, asked directly: the measure for the lexer and the templates.
// Shares no code with analyzer/sql.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pgfold::sql::reference {

struct span {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    friend bool operator==(const span&, const span&) = default;
};

struct answer {
    // Tokens but for operators and punctuation; nullopt when the scanner rejects the text.
    std::optional<std::vector<span>> tokens;
    // False: the grammar rejects the text, and what follows says nothing.
    bool parses = false;
    std::uint64_t fingerprint = 0;
    std::string normalized;
    // What the normalizer has replaced; nullopt when it has cut through a token.
    std::optional<std::vector<span>> replaced;
};

// `text` without NUL bytes, and not nested deeper than a common stack allows.
[[nodiscard]] answer ask(const std::string& text);

}  // namespace pgfold::sql::reference
