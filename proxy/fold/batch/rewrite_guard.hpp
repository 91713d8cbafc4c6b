// What both rewrites ask of a child before they look at its text.
#pragma once

#include <string>

#include "proxy/fold/batch/rewrite.hpp"

namespace pgfold::fold {

inline constexpr std::size_t rewrite_text_bytes_max = 16 * 1024;
inline constexpr std::size_t rewrite_keys_max = 8;
inline constexpr std::size_t rewrite_columns_max = 1000;

// Why it cannot be rewritten at all; empty if it may be.
[[nodiscard]] std::string objection_to_rewrite(const batched_child& child);

// Of a valid RowDescription; 0 where there is none.
[[nodiscard]] std::size_t column_count(std::span<const std::byte> row_description);

}  // namespace pgfold::fold
