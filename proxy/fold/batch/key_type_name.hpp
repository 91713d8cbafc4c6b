// Types of keys as SQL names them, safe from whatever the search_path holds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgfold::fold {

// "int4"; empty for types that no batch takes arrays of.
[[nodiscard]] std::string_view key_type_name(std::uint32_t type_oid);

// "$1::pg_catalog.int4[]"
[[nodiscard]] std::string key_array_parameter(std::size_t number, std::uint32_t type_oid);

// $1, $2 … as a relation for FROM: "ROWS FROM (pg_catalog.unnest($1::…), …)".
[[nodiscard]] std::string key_rows(std::span<const std::uint32_t> types);

}  // namespace pgfold::fold
