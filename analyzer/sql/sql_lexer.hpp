// The first pass over a client's text: tokens as PostgreSQL's scanner sees them, written down as a
// *shape*.
//
// A shape is the text without comments, with white space folded, and each constant replaced by a
// byte that tells its kind. Two texts of one shape are one sequence of tokens to the grammar, so
// they have the same parse tree but for the values of constants, and libpg_query's normalizer
// replaces the same ones in both. What it does is therefore looked up once per shape (see
// shape.hpp), and the lexer needs no grammar.
//
// Flow:
//     sql_lexer lexer;
//     lexed_text lexed = lexer.lex(text, settings);
//     if (lexed.status == lex_status::ok) … hash lexed.shape, use lexed.candidates …
//
// No allocation once the buffers have grown to the longest text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::sql {

enum class lex_status : std::uint8_t {
    ok,
    malformed,        // no PostgreSQL 15 scanner accepts it: unterminated string, 1x, control bytes
    too_many_params,  // a parameter number or a count of constants over 65,535
};

enum class token_kind : std::uint8_t {
    word,               // keyword or unquoted identifier
    quoted_identifier,  // "x", U&"x"
    literal,
    parameter,  // $1
    operator_,
    punctuation,
};

struct token {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    token_kind kind = token_kind::word;
    literal_kind literal = literal_kind::word;  // of literals, and of words that may be constants
    bool is_candidate = false;                  // stands in lexed_text::candidates
    // What separates it from the token before.
    bool after_space = false;  // white space or a comment
    bool after_comment = false;
};

// A constant, or a word that may be one (NULL, TRUE, FALSE, ALL): the grammar decides.
struct minus_sign {
    std::uint32_t candidate = 0;  // index
    std::uint32_t offset = 0;     // of the '-' token before the candidate
};

// Views into the lexer and the text, valid until the next call.
struct lexed_text {
    lex_status status = lex_status::ok;
    std::string_view shape;
    std::span<const literal_span> candidates;  // without signs
    std::span<const minus_sign> minus_signs;   // numbers that directly follow a '-', in order
    std::string_view tag_comment, directive;   // as in analysis
    std::uint16_t bound_parameters = 0;        // highest $n
};

class sql_lexer {
public:
    [[nodiscard]] lexed_text lex(std::string_view text, text_settings settings);

    // Every token of the text. For texts whose shape is new: slower, and may allocate.
    [[nodiscard]] lex_status tokenize(std::string_view text, text_settings settings,
                                      std::vector<token>& tokens) const;

    // Gives memory back that an unusually long text has taken.
    void shrink(std::size_t bytes_max);

private:
    struct shape_sink;

    std::vector<char> shape_;
    std::vector<literal_span> candidates_;
    std::vector<minus_sign> minus_signs_;
};

inline constexpr std::size_t parameters_max = 65'535;  // what a Bind message can carry

}  // namespace pgfold::sql
