// Which constants of a text are replaced, and the normalized text that results.
//
// libpg_query's normalizer decides; it answers with a text, so its answer is read off by walking
// both texts side by side, token by token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/sql_lexer.hpp"

namespace pgfold::sql {

enum class token_action : std::uint8_t {
    keep,
    mask,  // kept, but not to be shown
    replace,
    replace_with_sign,  // together with the '-' token before it
};

// One action per token, or nullopt where the two texts cannot be matched (the normalizer has cut
// through a token).
[[nodiscard]] std::optional<std::vector<token_action>> match_normalized(
    std::string_view text, const std::vector<token>& tokens, std::string_view normalized);

// The spans of what the actions replace, signs included, in order.
void append_literals(const std::vector<token>& tokens, const std::vector<token_action>& actions,
                     std::vector<literal_span>& literals);

// The text with what the actions replace written as $(bound_parameters + 1) and so on, masked
// literals as '?', comments dropped and white space folded.
[[nodiscard]] std::string render_normalized(std::string_view text, const std::vector<token>& tokens,
                                            const std::vector<token_action>& actions,
                                            std::size_t bound_parameters);

// The same for a text whose actions are not known: every literal is written as '?', since it may be
// a password.
[[nodiscard]] std::string render_masked(std::string_view text, const std::vector<token>& tokens);

// An upper bound of the depth of the parse tree: the recursion that the text can cause.
[[nodiscard]] std::size_t tree_depth_bound(std::string_view text, const std::vector<token>& tokens);

}  // namespace pgfold::sql
