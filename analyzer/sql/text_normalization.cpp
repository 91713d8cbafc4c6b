#include "analyzer/sql/text_normalization.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "analyzer/sql/char_class.hpp"

namespace pgfold::sql {
namespace {

std::string_view text_of(std::string_view text, const token& t) {
    return text.substr(t.offset, t.length);
}

bool is_minus(std::string_view text, const token& t) {
    return t.kind == token_kind::operator_ && text_of(text, t) == "-";
}

// Length of "$<digits>" at the start, or 0. The number is of no interest: constants are numbered
// in the order in which the normalizer comes across them, some of them twice.
std::size_t parameter_length(std::string_view text) {
    if (text.size() < 2 || text[0] != '$' || !is_class(text[1], class_digit)) return 0;
    std::size_t length = 2;
    while (length < text.size() && is_class(text[length], class_digit))
        ++length;
    return length;
}

bool can_be_constant(const token& t) {
    return t.kind == token_kind::literal || t.kind == token_kind::word ||
           t.kind == token_kind::quoted_identifier;
}

}  // namespace

std::optional<std::vector<token_action>> match_normalized(std::string_view text,
                                                          const std::vector<token>& tokens,
                                                          std::string_view normalized) {
    std::vector<token_action> actions(tokens.size(), token_action::keep);
    std::size_t at = 0;      // in text
    std::size_t out_at = 0;  // in normalized
    const auto copied = [&](std::size_t length) {
        if (normalized.size() - out_at < length ||
            text.compare(at, length, normalized, out_at, length) != 0)
            return false;
        at += length;
        out_at += length;
        return true;
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!copied(tokens[i].offset - at)) return std::nullopt;
        const std::size_t symbol = tokens[i].kind == token_kind::parameter
                                       ? 0
                                       : parameter_length(normalized.substr(out_at));
        if (symbol == 0) {
            if (!copied(tokens[i].length)) return std::nullopt;
            continue;
        }
        if (is_minus(text, tokens[i])) {
            // A comment in between is taken for the constant, which then stays: "$15" for "-/**/5".
            // "- -5" ends alike.
            if (++i == tokens.size() || tokens[i].kind != token_kind::literal ||
                tokens[i].after_comment)
                return std::nullopt;
            // -'5' is negated later, by the server: the sign is no part of the constant.
            if (tokens[i].literal != literal_kind::integer &&
                tokens[i].literal != literal_kind::number)
                return std::nullopt;
            actions[i] = token_action::replace_with_sign;
        } else {
            if (!can_be_constant(tokens[i])) return std::nullopt;
            actions[i] = token_action::replace;
        }
        at = tokens[i].offset + tokens[i].length;
        out_at += symbol;
    }
    if (!copied(text.size() - at) || out_at != normalized.size()) return std::nullopt;
    return actions;
}

void append_literals(const std::vector<token>& tokens, const std::vector<token_action>& actions,
                     std::vector<literal_span>& literals) {
    // Texts of one shape have as many tokens, one at the very end apart: semicolons.
    const std::size_t count = std::min(tokens.size(), actions.size());
    for (std::size_t i = 0; i < count; ++i) {
        if (actions[i] == token_action::keep || actions[i] == token_action::mask) continue;
        const bool sign = actions[i] == token_action::replace_with_sign && i > 0;
        const std::uint32_t begin = sign ? tokens[i - 1].offset : tokens[i].offset;
        literals.push_back({begin, tokens[i].offset + tokens[i].length - begin, tokens[i].literal});
    }
}

std::string render_normalized(std::string_view text, const std::vector<token>& tokens,
                              const std::vector<token_action>& actions,
                              std::size_t bound_parameters) {
    std::size_t count = tokens.size();
    while (count != 0 && text_of(text, tokens[count - 1]) == ";")
        --count;
    std::string out;
    out.reserve(text.size());
    std::size_t number = bound_parameters;
    for (std::size_t i = 0; i < count; ++i) {
        bool space = tokens[i].after_space;
        if (i + 1 < count && actions[i + 1] == token_action::replace_with_sign) ++i;
        if (actions[i] == token_action::keep) {
            if (space && !out.empty()) out += ' ';
            out += text_of(text, tokens[i]);
            continue;
        }
        if (actions[i] == token_action::mask) {
            if (space && !out.empty()) out += ' ';
            out += '?';
            continue;
        }
        // N'x' is a keyword and a string: keep them apart.
        if (!out.empty() && is_class(out.back(), class_ident_part)) space = true;
        if (space && !out.empty()) out += ' ';
        out += '$';
        std::array<char, 24> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), ++number);
        out.append(digits.data(), end.ptr);
    }
    return out;
}

std::string render_masked(std::string_view text, const std::vector<token>& tokens) {
    std::string out;
    out.reserve(text.size());
    for (const token& t : tokens) {
        if (t.after_space && !out.empty()) out += ' ';
        if (t.kind == token_kind::literal)
            out += '?';
        else
            out += text_of(text, t);
    }
    return out;
}

std::size_t tree_depth_bound(std::string_view text, const std::vector<token>& tokens) {
    // Operators chain up to the next comma, AND or OR of their group (a pair of parentheses, or
    // CASE … END), joins and set operations over all of it. Lists, qualified names and chains of
    // AND and OR are flat.
    struct group {
        std::size_t outer = 0, sets = 0, operators = 0;
        bool is_case = false;
        [[nodiscard]] std::size_t depth() const { return outer + sets + operators; }
    };
    constexpr std::size_t nested_query_weight = 4;
    static constexpr std::array<std::string_view, 4> set_words = {"union", "intersect", "except",
                                                                  "join"};
    static constexpr std::array<std::string_view, 12> operator_words = {
        "not",  "is",    "isnull",  "notnull", "collate", "at",
        "like", "ilike", "similar", "between", "in",      "operator"};
    std::vector<group> groups(1);
    std::size_t deepest = 0;
    bool opened = false;  // the token before was a '('
    const auto is = [](std::string_view word, std::string_view lower) {
        return word.size() == lower.size() &&
               std::equal(word.begin(), word.end(), lower.begin(),
                          [](char a, char b) { return to_lower_ascii(a) == b; });
    };
    const auto is_one_of = [&is](const auto& words, std::string_view word) {
        return std::any_of(words.begin(), words.end(),
                           [&](std::string_view lower) { return is(word, lower); });
    };
    const auto close = [&groups](bool is_case) {
        if (groups.size() > 1 && groups.back().is_case == is_case) groups.pop_back();
    };
    for (const token& t : tokens) {
        const std::string_view word = text_of(text, t);
        group& current = groups.back();
        const bool opens = std::exchange(opened, word == "(");
        if (t.kind == token_kind::punctuation) {
            if (word == "(" || word == "[") {
                groups.push_back({current.depth() + 1, 0, 0, false});
            } else if (word == ")" || word == "]") {
                close(false);
            } else if (word == ",") {
                current.operators = 0;
            } else if (word == ":") {
                ++current.operators;  // half a cast
            }
        } else if (t.kind == token_kind::operator_) {
            current.operators += t.length;  // a run may hold several operators
        } else if (t.kind == token_kind::word) {
            // The normalizer takes time quadratic in the depth of nested queries.
            if (opens && is(word, "select"))
                current.outer += nested_query_weight;
            else if (is(word, "and") || is(word, "or"))
                current.operators = 0;
            else if (is(word, "case"))
                groups.push_back({current.depth() + 1, 0, 0, true});
            else if (is(word, "end"))
                close(true);
            else if (is_one_of(set_words, word))
                ++current.sets;
            else if (is_one_of(operator_words, word))
                ++current.operators;
        }
        deepest = std::max(deepest, groups.back().depth());
    }
    return deepest;
}

}  // namespace pgfold::sql
