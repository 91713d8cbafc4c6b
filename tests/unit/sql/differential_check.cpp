#include "unit/sql/differential_check.hpp"

#include <vector>

#include "analyzer/sql/sql_lexer.hpp"
#include "unit/sql/reference_normalizer.hpp"

namespace pgfold::sql {
namespace {

std::vector<reference::span> tokens_of(const sql_lexer& lexer, const std::string& text,
                                       lex_status& status) {
    std::vector<token> tokens;
    status = lexer.tokenize(text, {}, tokens);
    std::vector<reference::span> spans;
    for (const token& t : tokens) {
        if (t.kind != token_kind::operator_ && t.kind != token_kind::punctuation)
            spans.push_back({t.offset, t.length});
    }
    return spans;
}

std::string describe(const std::string& text, const std::vector<reference::span>& spans) {
    std::string out;
    for (const auto& s : spans)
        out += " [" + text.substr(s.offset, s.length) + "]@" + std::to_string(s.offset);
    return out;
}

}  // namespace

differential_outcome differential_checker::check(const std::string& text) {
    differential_outcome outcome;
    const reference::answer expected = reference::ask(text);
    outcome.parses = expected.parses;

    sql_lexer lexer;
    lex_status status{};
    const auto tokens = tokens_of(lexer, text, status);
    const lexed_text lexed = lexer.lex(text, {});
    if (lexed.status != status) {
        outcome.complaint = "the two ways of lexing disagree";
        return outcome;
    }
    if (status == lex_status::too_many_params) return outcome;
    if (status != lex_status::ok) {
        if (expected.parses) outcome.complaint = "malformed to the lexer, not to PostgreSQL";
        return outcome;
    }
    if (expected.parses && expected.tokens && tokens != *expected.tokens) {
        outcome.complaint =
            "tokens:" + describe(text, tokens) + "\nexpected:" + describe(text, *expected.tokens);
        return outcome;
    }

    const std::uint64_t slow_before = analyzer_.counters().slow_path;
    const std::uint64_t too_long_before = analyzer_.counters().too_long;
    const analysis result = analyzer_.analyze(text);
    outcome.slow = analyzer_.counters().slow_path != slow_before;
    if (!expected.parses) {
        rejected_one_ = true;
        return outcome;
    }
    if (!result.statement) {
        if (!rejected_one_ && analyzer_.counters().too_long == too_long_before)
            outcome.complaint = "parses, but has no template";
        return outcome;
    }
    const auto shared = fingerprints_.emplace(result.statement, expected.fingerprint).first;
    if (shared->second != expected.fingerprint) {
        outcome.complaint =
            "shares a template with another fingerprint: " + result.statement->normalized_text;
        return outcome;
    }
    if (result.statement->kind != statement_kind::ddl &&
        result.statement->kind != statement_kind::notify &&
        result.statement->kind != statement_kind::other_utility &&
        result.statement->fingerprint != expected.fingerprint) {
        outcome.complaint = "has the wrong fingerprint";
        return outcome;
    }
    // In these the normalizer searches the text for quotes, also in comments, and not for all that
    // may hide a password.
    if (result.statement->kind == statement_kind::ddl ||
        result.statement->kind == statement_kind::do_block ||
        result.statement->kind == statement_kind::other_utility)
        return outcome;
    std::vector<reference::span> literals;
    for (const literal_span& l : result.literals)
        literals.push_back({l.offset, l.length});
    const std::vector<reference::span> none;
    if (literals != (expected.replaced ? *expected.replaced : none)) {
        outcome.complaint = "literals:" + describe(text, literals) + "\nexpected:" +
                            (expected.replaced ? describe(text, *expected.replaced) : "none") +
                            "\nnormalized: " + expected.normalized;
        return outcome;
    }
    if (result.statement->parameter_count !=
        result.statement->bound_parameters + result.literals.size()) {
        outcome.complaint = "parameter_count does not add up";
        return outcome;
    }
    return outcome;
}

std::string with_other_values(const std::string& text, const analysis& of_text) {
    std::string changed = text;
    for (const literal_span& l : of_text.literals) {
        switch (l.kind) {
            case literal_kind::integer:
            case literal_kind::number:
                // Not the first digit of an exponent or of a number that may outgrow 32 bits.
                for (std::uint32_t i = l.offset; i < l.offset + l.length; ++i) {
                    if (changed[i] >= '2' && changed[i] <= '8' && (i + 1 == l.offset + l.length)) {
                        changed[i] = '9';
                        break;
                    }
                }
                break;
            case literal_kind::string: {
                const std::size_t end = l.offset + l.length - 1;
                for (std::size_t i = l.offset + 1; i < end; ++i) {
                    if (changed[i] == '\'') break;
                    if (changed[i] >= 'a' && changed[i] < 'z') changed[i] = '-';
                }
                break;
            }
            default:
                break;
        }
    }
    return changed;
}

}  // namespace pgfold::sql
