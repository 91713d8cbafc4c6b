// Which of the known words did the user probably mean?
#pragma once

#include <span>
#include <string_view>

namespace pgfold::config {

// By edit distance with transpositions; empty when nothing is near enough to be worth proposing.
[[nodiscard]] std::string_view nearest_key(std::string_view word,
                                           std::span<const std::string_view> known);

}  // namespace pgfold::config
