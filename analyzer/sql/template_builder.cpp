#include "analyzer/sql/template_builder.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "analyzer/sql/char_class.hpp"
#include "analyzer/sql/hash_domain.hpp"
#include "analyzer/sql/statement_facts.hpp"
#include "analyzer/sql/statement_kind.hpp"
#include "analyzer/sql/syntax_tree.hpp"
#include "analyzer/sql/text_normalization.hpp"

namespace pgfold::sql {
namespace {

// Numbers as PostgreSQL 16 has them, in the spelling of 15 and of the same length: 1_000 and 0x1F
// become 10000 and 0000.
void spell_for_15(std::string::iterator begin, std::string::iterator end) {
    const bool prefixed =
        end - begin > 2 && is_class(begin[1], class_ident_start) && to_lower_ascii(begin[1]) != 'e';
    if (prefixed)
        std::fill(begin, end, '0');
    else
        std::replace(begin, end, '_', '0');
}

// The text that libpg_query gets, as long as the client's. What lies between tokens is blank: its
// scanner takes time quadratic in the depth of nested comments, and its normalizer may stumble over
// quotes in comments. It knows standard_conforming_strings only as on: with it off, a string that
// holds a backslash is overwritten by one that reads the same either way, since what it says does
// not matter to the tree.
std::string parsable_text(std::string_view text, text_settings settings,
                          const std::vector<token>& tokens) {
    std::string result(text.size(), ' ');
    for (const token& t : tokens) {
        const std::string_view from = text.substr(t.offset, t.length);
        const auto to = result.begin() + t.offset;
        std::copy(from.begin(), from.end(), to);
        if (t.kind != token_kind::literal) continue;
        if (!settings.standard_conforming_strings && t.literal == literal_kind::string &&
            from.find('\\') != std::string_view::npos)
            std::fill(to + 1, to + t.length - 1, 'x');
        if (t.literal == literal_kind::integer || t.literal == literal_kind::number)
            spell_for_15(to, to + t.length);
    }
    return result;
}

std::string hex(std::uint64_t value) {
    std::array<char, 17> digits;
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(value));
    return digits.data();
}

// Whether all texts of a shape are normalized alike. In these statements the normalizer looks for
// options by searching the text, so it does not go by tokens alone.
bool follows_shape(statement_kind kind) {
    return kind != statement_kind::ddl && kind != statement_kind::do_block &&
           kind != statement_kind::other_utility && kind != statement_kind::multiple;
}

bool is_string(const token& t) {
    return t.kind == token_kind::literal && t.literal != literal_kind::integer &&
           t.literal != literal_kind::number;
}

// The statement with all its strings alike.
std::string without_strings(std::string_view text, const std::vector<token>& tokens) {
    std::string result;
    for (const token& t : tokens) {
        if (t.after_space) result += ' ';
        if (is_string(t))
            result += "'?'";
        else
            result += text.substr(t.offset, t.length);
    }
    return result;
}

bool tree_may_hold_secret(const PgQuery__ParseResult& tree) {
    return std::any_of(tree.stmts, tree.stmts + tree.n_stmts, [](const PgQuery__RawStmt* raw) {
        return raw->stmt != nullptr && may_hold_secret(*raw->stmt);
    });
}

// The normalizer looks for a quote, and leaves E'…' and the like as they are.
void replace_strings(const std::vector<token>& tokens, std::vector<token_action>& actions) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (is_string(tokens[i])) actions[i] = token_action::replace;
    }
}

candidate_action to_candidate_action(token_action action) {
    switch (action) {
        case token_action::replace:
            return candidate_action::replace;
        case token_action::replace_with_sign:
            return candidate_action::replace_with_sign;
        case token_action::keep:
        case token_action::mask:
            break;
    }
    return candidate_action::keep;
}

}  // namespace

build_result template_builder::build(std::string_view text, text_settings settings,
                                     const sql_lexer& lexer, const lexed_text& lexed) {
    build_result result;
    if (lexed.shape.size() > shape_bytes_max ||
        lexed.bound_parameters + lexed.candidates.size() > parameters_max) {
        result.status = build_status::too_big;
        return result;
    }
    if (text.find('\0') != std::string_view::npos) return result;
    if (lexer.tokenize(text, settings, tokens_) != lex_status::ok) return result;
    if (tree_depth_bound(text, tokens_) > tree_depth_max) {
        result.status = build_status::too_big;
        return result;
    }

    const std::string parsable = parsable_text(text, settings, tokens_);
    std::optional<std::string> normalized;
    std::optional<std::vector<token_action>> actions;
    std::optional<std::uint64_t> text_fingerprint;
    std::uint64_t public_fingerprint = 0;
    auto built = std::make_shared<statement_template>();
    built->bound_parameters = lexed.bound_parameters;
    const bool ran = stack_.run([&] {
        normalized = normalize(parsable);
        if (!normalized) return;
        text_fingerprint = fingerprint(parsable);
        const syntax_tree tree = parse(parsable);
        if (!tree || !text_fingerprint) {
            normalized.reset();
            return;
        }
        actions = match_normalized(parsable, tokens_, *normalized);
        const bool secret = tree_may_hold_secret(*tree);
        if (actions && secret) replace_strings(tokens_, *actions);
        parameter_numbers numbers;
        if (actions) {
            append_literals(tokens_, *actions, result.literals);
            std::uint16_t number = lexed.bound_parameters;
            for (const literal_span& literal : result.literals)
                numbers.emplace(static_cast<std::int32_t>(literal.offset), ++number);
        }
        built->parameter_count =
            static_cast<std::uint16_t>(lexed.bound_parameters + result.literals.size());
        collect_facts(*tree, numbers, *built);
        // The public id of a statement that may hold a secret must not depend on it.
        public_fingerprint = *text_fingerprint;
        if (secret) public_fingerprint = fingerprint(without_strings(text, tokens_)).value_or(0);
    });
    if (!ran || !normalized) return result;

    hash128 identity;
    if (actions) {
        built->normalized_text = render_normalized(text, tokens_, *actions, lexed.bound_parameters);
        identity =
            templates_.hash()(built->normalized_text, domain_normalized + built->bound_parameters);
        // Passwords and the like are replaced, but count for the fingerprint.
        identity.high ^= *text_fingerprint;
    } else {
        // The normalizer has made something of the text that its tokens do not explain, such as
        // "$15" of "- -5". Nothing else shares the template.
        built->normalized_text = render_masked(text, tokens_);
        identity = templates_.hash()(text, domain_verbatim);
        if (built->foldable.ok) built->foldable = {false, "its constants cannot be told apart"};
    }
    built->fingerprint = public_fingerprint;
    built->fingerprint_hex = hex(public_fingerprint);
    built->hash_low = identity.low;
    built->hash_high = identity.high;

    result.status = build_status::ok;
    result.mode = shape_mode::direct;
    if (!actions || (!result.literals.empty() && !follows_shape(built->kind)))
        result.mode = shape_mode::undecided;
    if (actions) {
        bool words = false;
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const token_action action = (*actions)[i];
            if (!tokens_[i].is_candidate) {
                words |= action != token_action::keep;
                continue;
            }
            result.actions.push_back(to_candidate_action(action));
            if (action == token_action::keep && tokens_[i].kind == token_kind::literal &&
                result.mode == shape_mode::direct)
                result.mode = shape_mode::by_value;
        }
        if (words) result.token_actions = std::move(*actions);
    }
    result.statement = templates_.insert_template(identity, std::move(built));
    return result;
}

}  // namespace pgfold::sql
