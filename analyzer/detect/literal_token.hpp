// The value of a constant as it stands in an SQL text: 24, -3, 'it''s', E'a\n', $$x$$.
// PostgreSQL manual, "Lexical Structure", "Constants".
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pgfold::detect {

enum class literal_kind : std::uint8_t {
    number,
    string,
    null,
    other,  // bit strings, Unicode escapes, strings too long to be a key: compared as written
};

using literal_buffer = std::array<char, 256>;

struct literal_value {
    literal_kind kind = literal_kind::other;
    std::string_view bytes;  // into the token, or into the buffer where escapes were undone
};

[[nodiscard]] literal_value parse_literal(std::string_view token, literal_buffer& buffer);

}  // namespace pgfold::detect
