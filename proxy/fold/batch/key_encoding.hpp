// Canonical keys written the way a client writes its own: as a bound value, as a literal in the
// text, as an element of an array. Each function appends, or answers false and leaves `out` alone:
// the key cannot be said that way (an int2 of 40000), or not with certainty (a quote of doubt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::fold {

// Int32 length and the value, as in Bind. Untyped values (0) have a text form only.
[[nodiscard]] bool append_bound_value(std::vector<std::byte>& out, std::string_view key,
                                      std::uint32_t type_oid, bool binary);

// How a literal of the client's text is written.
struct literal_style {
    enum class notation : std::uint8_t { number, string, escape_string, dollar_string };
    notation kind = notation::number;
    bool has_sign = false;  // number: the literal began with its minus
    std::string delimiter;  // dollar_string: $$ or $tag$
};

// nullopt: not a notation that keys can be written in (U&'…', B'…', TRUE).
[[nodiscard]] std::optional<literal_style> read_literal_style(std::string_view token,
                                                              sql::literal_kind kind);

[[nodiscard]] bool append_literal(std::vector<std::byte>& out, std::string_view key,
                                  const literal_style& style, sql::text_settings settings);

// What PostgreSQL takes such a literal for: int4, int8, or 0 for an unknown string.
[[nodiscard]] std::uint32_t literal_type(std::string_view key, const literal_style& style);

// One element of an array in text form: 24 or "it's \"it\"".
[[nodiscard]] bool append_array_element(std::string& out, std::string_view key,
                                        std::uint32_t element_type);

}  // namespace pgfold::fold
