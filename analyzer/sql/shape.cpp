#include "analyzer/sql/shape.hpp"

#include <algorithm>

namespace pgfold::sql {
namespace {

token_action to_token_action(candidate_action action) {
    switch (action) {
        case candidate_action::replace:
            return token_action::replace;
        case candidate_action::replace_with_sign:
            return token_action::replace_with_sign;
        case candidate_action::keep:
            break;
    }
    return token_action::keep;
}

}  // namespace

std::vector<token_action> token_actions_of(const shape& s, const std::vector<token>& tokens) {
    std::vector<token_action> actions(tokens.size(), token_action::keep);
    if (!s.token_actions.empty()) {
        std::copy_n(s.token_actions.begin(), std::min(actions.size(), s.token_actions.size()),
                    actions.begin());
        return actions;
    }
    std::size_t candidate = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!tokens[i].is_candidate) continue;
        actions[i] =
            s.actions.empty() ? token_action::replace : to_token_action(s.actions[candidate]);
        ++candidate;
    }
    return actions;
}

void append_literals(const lexed_text& lexed, const std::vector<candidate_action>& actions,
                     std::vector<literal_span>& literals) {
    auto sign = lexed.minus_signs.begin();
    for (std::size_t i = 0; i < lexed.candidates.size(); ++i) {
        literal_span span = lexed.candidates[i];
        while (sign != lexed.minus_signs.end() && sign->candidate < i)
            ++sign;
        if (actions[i] == candidate_action::keep) continue;
        if (actions[i] == candidate_action::replace_with_sign && sign != lexed.minus_signs.end() &&
            sign->candidate == i) {
            span.length += span.offset - sign->offset;
            span.offset = sign->offset;
        }
        literals.push_back(span);
    }
}

}  // namespace pgfold::sql
