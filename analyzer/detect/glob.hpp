// Patterns that users write for routes and tables.
#pragma once

#include <string_view>

namespace pgfold::detect {

// `*` stands for any run of characters, `?` for one. Backtracks only to the last star: linear in
// practice, quadratic at worst.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace pgfold::detect
