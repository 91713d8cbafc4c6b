// What is known of a shape (see sql_lexer.hpp): which of its candidates are constants, and which
// template its texts have.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "analyzer/sql/statement_template.hpp"
#include "analyzer/sql/text_normalization.hpp"

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
    // One per token; only for shapes where words other than the candidates are constants
    // (EXTRACT(year FROM …), SET … TO on), whose texts are lexed a second time. Else empty.
    std::vector<token_action> token_actions;
    template_ptr statement;  // of mode direct
};
using shape_ptr = std::shared_ptr<const shape>;

// One action per token of a text of this shape.
[[nodiscard]] std::vector<token_action> token_actions_of(const shape& s,
                                                         const std::vector<token>& tokens);

// The spans of the candidates that are replaced, signs included; one action per candidate.
void append_literals(const lexed_text& lexed, const std::vector<candidate_action>& actions,
                     std::vector<literal_span>& literals);

}  // namespace pgfold::sql
