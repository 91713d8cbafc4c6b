// Values in the text form that PostgreSQL prints.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pgfold::detect {

// Only the spelling that PostgreSQL itself would print: "24", "-3"; not "024" or "+24".
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

using uuid_bytes = std::array<char, 16>;

// The spellings that uuid_in accepts: braces around it, a hyphen after any group of four digits.
[[nodiscard]] std::optional<uuid_bytes> parse_uuid(std::string_view text);

}  // namespace pgfold::detect
