#include "analyzer/sql/sql_lexer.hpp"

#include <algorithm>
#include <cstring>

#include "analyzer/sql/sqlcommenter.hpp"
#include "analyzer/sql/token_scanner.hpp"

namespace pgfold::sql {
namespace {

// Bytes of a shape that no text has outside quotes. Integers that do not fit into 32 bits are
// another token to the grammar (ORDER BY 1 is a column, ORDER BY 99999999999 a constant).
constexpr char shape_big_integer = 0x0f;
constexpr char shape_word_mark = 0x0e;  // stands before a word that may be a constant
// A comment between a minus and what follows: libpg_query's normalizer is confused by it.
constexpr char shape_comment_mark = 0x10;

constexpr char shape_byte(literal_kind kind) {
    return static_cast<char>(static_cast<int>(kind) + 1);
}
static_assert(shape_byte(literal_kind::dollar_string) < '\t');

// Of the decimal digits; spellings of PostgreSQL 16 count as small (see spell_for_15).
bool fits_int32(const char* begin, const char* end) {
    while (begin != end && *begin == '0')
        ++begin;
    const auto digits = static_cast<std::size_t>(end - begin);
    return digits < 10 || (digits == 10 && std::memcmp(begin, "2147483647", 10) <= 0);
}

bool equals_folded(const char* begin, std::string_view lower) {
    for (std::size_t i = 0; i < lower.size(); ++i) {
        if (to_lower_ascii(begin[i]) != lower[i]) return false;
    }
    return true;
}

// NULL, TRUE, FALSE, and ALL (as in LIMIT ALL): the words that can be constants anywhere.
bool is_constant_word(const char* begin, const char* end, literal_kind& kind) {
    switch (end - begin) {
        case 3:
            kind = literal_kind::null;
            return equals_folded(begin, "all");
        case 4:
            if (const char first = to_lower_ascii(*begin); first == 'n') {
                kind = literal_kind::null;
                return equals_folded(begin, "null");
            } else if (first == 't') {
                kind = literal_kind::boolean;
                return equals_folded(begin, "true");
            }
            return false;
        case 5:
            kind = literal_kind::boolean;
            return equals_folded(begin, "false");
        default:
            return false;
    }
}

// Which of the comments carries the tags: the last. Comments with nothing but white space between
// them are taken together. pgfold's own directives may stand in a comment of their own, which
// carries the tags only where no other does.
class tag_comment_finder {
public:
    void on_comment(const char* begin, const char* end) {
        if (end - begin < 5 || begin[0] != '/') return;
        const std::string_view comment(begin, static_cast<std::size_t>(end - begin));
        if (!holds_tags(comment)) return;
        const directive_use use = find_directive(comment);
        if (use != directive_use::none) directive_ = comment;
        if (!found_.empty() && only_space(found_.data() + found_.size(), begin)) {
            found_ = {found_.data(), static_cast<std::size_t>(end - found_.data())};
            has_tags_ |= use != directive_use::alone;
            return;
        }
        if (use == directive_use::alone && has_tags_) return;
        has_tags_ = use != directive_use::alone;
        found_ = comment;
    }
    [[nodiscard]] std::string_view found() const { return found_; }
    [[nodiscard]] std::string_view directive() const { return directive_; }

private:
    static bool only_space(const char* begin, const char* end) {
        return std::all_of(begin, end, [](char c) { return is_class(c, class_space); });
    }

    std::string_view found_, directive_;
    bool has_tags_ = false;  // found_ holds others than directives
};

}  // namespace

struct sql_lexer::shape_sink {
    sql_lexer& lexer;
    const char* text;
    char* out;
    bool space = false;
    std::uint32_t minus_at = no_minus;
    std::uint16_t bound_parameters = 0;
    tag_comment_finder tags;

    static constexpr std::uint32_t no_minus = ~std::uint32_t{0};

    [[nodiscard]] std::uint32_t offset(const char* p) const {
        return static_cast<std::uint32_t>(p - text);
    }
    void separate() {
        *out = ' ';
        out += space ? 1 : 0;
        space = false;
    }
    void copy(const char* begin, const char* end) {
        separate();
        const auto length = static_cast<std::size_t>(end - begin);
        std::memcpy(out, begin, length);
        out += length;
        minus_at = no_minus;
    }
    [[nodiscard]] bool add_candidate(const char* begin, const char* end, literal_kind kind) {
        if (lexer.candidates_.size() >= parameters_max) return false;
        if (minus_at != no_minus) {
            lexer.minus_signs_.push_back(
                {static_cast<std::uint32_t>(lexer.candidates_.size()), minus_at});
            minus_at = no_minus;
        }
        lexer.candidates_.push_back({offset(begin), static_cast<std::uint32_t>(end - begin), kind});
        return true;
    }

    void on_space() { space = true; }
    void on_comment(const char* begin, const char* end) {
        space = true;
        tags.on_comment(begin, end);
        if (minus_at != no_minus) *out++ = shape_comment_mark;
    }
    void on_word(const char* begin, const char* end) {
        if (literal_kind kind{}; is_constant_word(begin, end, kind)) [[unlikely]] {
            if (add_candidate(begin, end, kind)) {
                separate();
                *out++ = shape_word_mark;
            }
        }
        copy(begin, end);
    }
    void on_quoted_identifier(const char* begin, const char* end) { copy(begin, end); }
    bool on_literal(const char* begin, const char* end, literal_kind kind) {
        separate();
        *out++ = kind == literal_kind::integer && !fits_int32(begin, end) ? shape_big_integer
                                                                          : shape_byte(kind);
        return add_candidate(begin, end, kind);
    }
    bool on_parameter(const char* begin, const char* end, std::uint32_t number) {
        if (number > parameters_max) return false;
        bound_parameters = std::max(bound_parameters, static_cast<std::uint16_t>(number));
        copy(begin, end);
        return true;
    }
    void on_operator(const char* begin, const char* end, bool lone_minus) {
        copy(begin, end);
        if (lone_minus) minus_at = offset(end - 1);
    }
    void on_punctuation(const char* at) {
        separate();
        *out++ = *at;
        minus_at = no_minus;
    }
};

lexed_text sql_lexer::lex(std::string_view text, text_settings settings) {
    // A token is never shorter than what it writes, white space and word marks apart: a mark
    // replaces nothing, but there are at least three bytes of word behind it.
    if (const std::size_t need = text.size() + text.size() / 3 + 2; shape_.size() < need)
        shape_.resize(need);
    candidates_.clear();
    minus_signs_.clear();

    shape_sink sink{*this, text.data(), shape_.data(), false, shape_sink::no_minus, 0, {}};
    lexed_text result;
    result.status = token_scanner(text, settings.standard_conforming_strings, sink).run();
    const char* begin = shape_.data();
    const char* end = sink.out;
    if (begin != end && *begin == ' ') ++begin;
    // Nothing follows a trailing semicolon, so it says nothing.
    while (end != begin && (end[-1] == ';' || end[-1] == ' '))
        --end;
    result.shape = std::string_view(begin, static_cast<std::size_t>(end - begin));
    result.candidates = candidates_;
    result.minus_signs = minus_signs_;
    result.tag_comment = sink.tags.found();
    result.directive = sink.tags.directive();
    result.bound_parameters = sink.bound_parameters;
    return result;
}

namespace {

struct token_sink {
    const char* text;
    std::vector<token>& tokens;
    bool space = false;
    bool comment = false;
    std::size_t candidates = 0;

    token& add(const char* begin, const char* end, token_kind kind) {
        token& added = tokens.emplace_back();
        added.offset = static_cast<std::uint32_t>(begin - text);
        added.length = static_cast<std::uint32_t>(end - begin);
        added.kind = kind;
        added.after_space = space;
        added.after_comment = comment;
        space = comment = false;
        return added;
    }
    void on_space() { space = true; }
    void on_comment(const char*, const char*) { space = comment = true; }
    void on_word(const char* begin, const char* end) {
        token& added = add(begin, end, token_kind::word);
        literal_kind kind{};
        if (is_constant_word(begin, end, kind) && candidates < parameters_max) {
            added.is_candidate = true;
            added.literal = kind;
            ++candidates;
        }
    }
    void on_quoted_identifier(const char* begin, const char* end) {
        add(begin, end, token_kind::quoted_identifier);
    }
    bool on_literal(const char* begin, const char* end, literal_kind kind) {
        token& added = add(begin, end, token_kind::literal);
        added.literal = kind;
        added.is_candidate = true;
        return ++candidates <= parameters_max;
    }
    bool on_parameter(const char* begin, const char* end, std::uint32_t number) {
        add(begin, end, token_kind::parameter);
        return number <= parameters_max;
    }
    void on_operator(const char* begin, const char* end, bool lone_minus) {
        if (lone_minus && end - begin > 1) {
            add(begin, end - 1, token_kind::operator_);
            begin = end - 1;
        }
        add(begin, end, token_kind::operator_);
    }
    void on_punctuation(const char* at) { add(at, at + 1, token_kind::punctuation); }
};

}  // namespace

lex_status sql_lexer::tokenize(std::string_view text, text_settings settings,
                               std::vector<token>& tokens) const {
    tokens.clear();
    token_sink sink{text.data(), tokens};
    return token_scanner(text, settings.standard_conforming_strings, sink).run();
}

void sql_lexer::shrink(std::size_t bytes_max) {
    if (shape_.capacity() > bytes_max) std::vector<char>().swap(shape_);
    if (candidates_.capacity() * sizeof(literal_span) > bytes_max)
        std::vector<literal_span>().swap(candidates_);
    if (minus_signs_.capacity() * sizeof(minus_sign) > bytes_max)
        std::vector<minus_sign>().swap(minus_signs_);
}

}  // namespace pgfold::sql
