// The child's text with its keys replaced and its parameters renumbered. All else stays byte for
// byte what the client wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::fold {

struct replaced_key {
    std::uint16_t parameter = 0;  // $n of the template
    std::string by;
};

struct edited_text {
    std::string text;  // without comments and semicolons around it
    std::vector<std::uint16_t>
        constants;  // the child's parameters, in the order of their new numbers
};

// Other parameters are numbered from `first_parameter` on, in the order of the text; 0 leaves them
// as they are. nullopt: the text cannot be read, or uses names that begin with pgfold_.
[[nodiscard]] std::optional<edited_text> edit_text(std::string_view text,
                                                   std::span<const sql::literal_span> literals,
                                                   std::uint16_t bound_parameters,
                                                   sql::text_settings settings,
                                                   std::span<const replaced_key> keys,
                                                   std::uint16_t first_parameter);

}  // namespace pgfold::fold
