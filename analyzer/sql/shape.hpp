// What is known of a shape (see sql_lexer.hpp): which of its candidates are constants, and which
// template its texts have.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::sql {

enum class candidate_action : std::uint8_t {
    keep,
    replace,
    replace_with_sign,  // the literal starts at the '-' before the candidate
};

enum class shape_mode : std::uint8_t {
    direct,     // all texts of the shape have one template
    by_value,   // a constant that stays in the text (ORDER BY 1) tells templates apart
    undecided,  // each text is normalized by libpg_query
};

struct shape {
    shape_mode mode = shape_mode::direct;
    std::vector<candidate_action> actions;  // one per candidate; empty: replace all, no signs
    template_ptr statement;                 // of mode direct
};
using shape_ptr = std::shared_ptr<const shape>;

}  // namespace pgfold::sql
