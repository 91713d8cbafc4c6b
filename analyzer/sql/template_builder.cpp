#include "analyzer/sql/template_builder.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "analyzer/sql/statement_facts.hpp"
#include "analyzer/sql/syntax_tree.hpp"
#include "analyzer/sql/text_normalization.hpp"

namespace pgfold::sql {
namespace {

enum hash_domain : std::uint64_t { domain_normalized = 0x10000, domain_verbatim = 0x20000 };

// The text that libpg_query gets. It knows standard_conforming_strings only as on: with it off, a
// string that holds a backslash is overwritten by one of the same length that reads the same either
// way, since what it says does not matter to the tree.
std::string parsable_text(std::string_view text, text_settings settings,
                          const std::vector<token>& tokens) {
    std::string result(text);
    if (settings.standard_conforming_strings) return result;
    for (const token& t : tokens) {
        if (t.kind != token_kind::literal || t.literal != literal_kind::string) continue;
        const std::string_view literal = text.substr(t.offset, t.length);
        if (literal.find('\\') == std::string_view::npos) continue;
        std::fill_n(result.begin() + t.offset + 1, t.length - 2, 'x');
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

}  // namespace

build_result template_builder::build(std::string_view text, text_settings settings,
                                     const sql_lexer& lexer, const lexed_text& lexed) {
    build_result result;
    if (text.size() > parse_bytes_max ||
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
    std::optional<std::uint64_t> public_id;
    auto built = std::make_shared<statement_template>();
    built->bound_parameters = lexed.bound_parameters;
    const bool ran = stack_.run([&] {
        normalized = normalize(parsable);
        if (!normalized) return;
        actions = match_normalized(parsable, tokens_, *normalized);
        std::vector<std::uint32_t> sign_offsets;
        parameter_numbers numbers;
        if (actions) {
            for (std::size_t i = 0; i < tokens_.size(); ++i) {
                if ((*actions)[i] == token_action::keep) continue;
                const bool sign = (*actions)[i] == token_action::replace_with_sign;
                const std::uint32_t begin = sign ? tokens_[i - 1].offset : tokens_[i].offset;
                result.literals.push_back(
                    {begin, tokens_[i].offset + tokens_[i].length - begin, tokens_[i].literal});
                numbers.emplace(
                    static_cast<std::int32_t>(begin),
                    static_cast<std::uint16_t>(lexed.bound_parameters + result.literals.size()));
            }
        }
        built->parameter_count =
            static_cast<std::uint16_t>(lexed.bound_parameters + result.literals.size());
        public_id = fingerprint(parsable);
        const syntax_tree tree = parse(parsable);
        if (!tree || !public_id) {
            normalized.reset();
            return;
        }
        collect_facts(*tree, numbers, *built);
    });
    if (!ran || !normalized) return result;

    built->fingerprint = *public_id;
    built->fingerprint_hex = hex(*public_id);
    hash128 identity;
    if (actions) {
        built->normalized_text = render_normalized(text, tokens_, *actions, lexed.bound_parameters);
        identity =
            templates_.hash()(built->normalized_text, domain_normalized + built->bound_parameters);
    } else {
        // The normalizer has made something of the text that its tokens do not explain, such as
        // "$15" of "- -5". Its word goes, but nothing else shares the template.
        built->normalized_text = fold_space(*normalized);
        identity = templates_.hash()(text, domain_verbatim);
    }
    built->hash_low = identity.low;
    built->hash_high = identity.high;

    result.status = build_status::ok;
    result.mode = shape_mode::direct;
    if (!actions || (!result.literals.empty() && !follows_shape(built->kind)))
        result.mode = shape_mode::undecided;
    for (std::size_t i = 0; actions && i < tokens_.size(); ++i) {
        const token_action action = (*actions)[i];
        if (!tokens_[i].is_candidate) {
            // A word that is a constant: only the grammar knows where those stand.
            if (action != token_action::keep) result.mode = shape_mode::undecided;
            continue;
        }
        result.actions.push_back(action == token_action::keep ? candidate_action::keep
                                 : action == token_action::replace
                                     ? candidate_action::replace
                                     : candidate_action::replace_with_sign);
        if (action == token_action::keep && tokens_[i].kind == token_kind::literal &&
            result.mode == shape_mode::direct)
            result.mode = shape_mode::by_value;
    }
    result.statement = templates_.insert_template(identity, std::move(built));
    return result;
}

}  // namespace pgfold::sql
