// PostgreSQL's scan.l (version 15, and the numbers of 16) by hand, as a template over what is done
// with the tokens. Private to sql_lexer.cpp; kept apart because it is grammar, not policy.
//
// A sink has:
//     void on_space();                       white space; a comment counts as white space
//     void on_comment(begin, end);
//     void on_word(begin, end);              keyword or unquoted identifier
//     void on_quoted_identifier(begin, end);
//     bool on_literal(begin, end, kind);     false: stop, too many
//     bool on_parameter(begin, end, number); false: stop, too many
//     void on_operator(begin, end, lone_minus);
//     void on_punctuation(at);
// A run of operator characters may reach the sink in one piece or in several; `lone_minus` tells
// that its last character is a '-' that is a token by itself.
#pragma once

#include <cstring>

#include "analyzer/sql/char_class.hpp"
#include "analyzer/sql/sql_lexer.hpp"

namespace pgfold::sql {

template <class Sink>
class token_scanner {
public:
    token_scanner(std::string_view text, bool standard_conforming_strings, Sink& sink)
        : begin_(text.data()),
          end_(text.data() + text.size()),
          plain_strings_escape_(!standard_conforming_strings),
          sink_(sink) {}

    [[nodiscard]] lex_status run() {
        const char* at = begin_;
        while (at != end_) {
            const char c = *at;
            const std::uint8_t classes = char_classes[static_cast<unsigned char>(c)];
            if ((classes & class_ident_start) != 0) {
                at = word(at);
            } else if ((classes & class_space) != 0) {
                do
                    ++at;
                while (at != end_ && is_class(*at, class_space));
                sink_.on_space();
            } else if ((classes & class_punctuation) != 0) {
                if (c == '.' && at + 1 != end_ && is_class(at[1], class_digit)) {
                    at = number(at);
                } else {
                    sink_.on_punctuation(at);
                    ++at;
                    // ".." is one token: the 2 of "1..2" is not ".2"
                    if (c == '.' && at != end_ && *at == '.') sink_.on_punctuation(at++);
                }
            } else if ((classes & class_digit) != 0) {
                at = number(at);
            } else if (c == '"') {
                at = quoted_identifier(at, at);
            } else if (c == '\'') {
                at = quoted(at, at, literal_kind::string, plain_strings_escape_);
            } else if (c == '$') {
                at = dollar(at);
            } else if ((classes & class_operator) != 0) {
                at = operator_or_comment(at);
            } else {
                at = nullptr;  // NUL and other control bytes, a stray backslash, braces
            }
            if (at == nullptr) return status_ == lex_status::ok ? lex_status::malformed : status_;
        }
        return lex_status::ok;
    }

private:
    // Each of these takes the start of a token and returns its end, or null for malformed.

    const char* word(const char* at) {
        const char* p = at + 1;
        if (p != end_ && (*p == '\'' || *p == '&')) {
            if (const char* past = prefixed(at); past != at) return past;
        }
        while (p != end_ && is_class(*p, class_ident_part))
            ++p;
        sink_.on_word(at, p);
        return p;
    }

    // E'', B'', X'', U&'', U&"". N'' is two tokens in PostgreSQL: the keyword NCHAR and a string.
    // Returns `at` when it is none of them.
    const char* prefixed(const char* at) {
        const char letter = to_lower_ascii(*at);
        const char* p = at + 1;
        if (*p == '\'') {
            if (letter == 'e') return quoted(at, p, literal_kind::escape_string, true);
            if (letter == 'b') return quoted(at, p, literal_kind::bit_string, false);
            if (letter == 'x') return quoted(at, p, literal_kind::hex_string, false);
            return at;
        }
        if (letter != 'u' || p + 1 == end_) return at;
        if (p[1] == '\'') return quoted(at, p + 1, literal_kind::unicode_string, false);
        if (p[1] == '"') return quoted_identifier(at, p + 1);
        return at;
    }

    // `open` is the opening quote. Strings that only white space with a newline separates are one.
    const char* quoted(const char* token_begin, const char* open, literal_kind kind, bool escapes) {
        // In bit strings a doubled quote is no quote.
        const bool doubles = kind != literal_kind::bit_string && kind != literal_kind::hex_string;
        const char* p = open + 1;
        for (;;) {
            const char* quote;
            if (!escapes) {
                quote = static_cast<const char*>(
                    std::memchr(p, '\'', static_cast<std::size_t>(end_ - p)));
                if (quote == nullptr) return nullptr;
            } else {
                while (p != end_ && *p != '\'') {
                    if (*p == '\\' && ++p == end_) return nullptr;
                    ++p;
                }
                if (p == end_) return nullptr;
                quote = p;
            }
            p = quote + 1;
            if (doubles && p != end_ && *p == '\'') {
                ++p;
                continue;
            }
            const char* next = continuation(p);
            if (next == nullptr) break;
            p = next;
        }
        if (!sink_.on_literal(token_begin, p, kind)) return stop();
        return p;
    }

    // scan.l's quotecontinue: the byte after the quote that reopens the string, or null.
    const char* continuation(const char* p) const {
        while (p != end_ && (*p == ' ' || *p == '\t' || *p == '\f'))
            ++p;
        if (is_line_comment(p)) p = line_end(p);
        if (p == end_ || !is_newline(*p)) return nullptr;
        ++p;
        for (;;) {
            while (p != end_ && is_class(*p, class_space))
                ++p;
            if (p == end_) return nullptr;
            if (*p == '\'') return p + 1;
            if (!is_line_comment(p)) return nullptr;
            p = line_end(p);  // ends at a newline, or at the end of the text
        }
    }

    const char* quoted_identifier(const char* token_begin, const char* open) {
        const char* p = open + 1;
        for (;;) {
            p = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end_ - p)));
            if (p == nullptr) return nullptr;
            ++p;
            if (p == end_ || *p != '"') break;
            ++p;
        }
        const std::ptrdiff_t length = p - open;
        if (length == 2) return nullptr;  // zero-length delimited identifier
        sink_.on_quoted_identifier(token_begin, p);
        return p;
    }

    const char* number(const char* at) {
        const char* p = at;
        literal_kind kind = literal_kind::integer;
        if (const char* end = prefixed_integer(at); end != at) {
            p = end;
        } else {
            p = digits(p);
            // "1..2" is 1, "..", 2
            if (p != end_ && *p == '.' && !(p + 1 != end_ && p[1] == '.' && p != at)) {
                kind = literal_kind::number;
                p = digits(p + 1);
            }
            if (p != end_ && (*p == 'e' || *p == 'E')) {
                const char* exponent = p + 1;
                if (exponent != end_ && (*exponent == '+' || *exponent == '-')) ++exponent;
                if (exponent == end_ || !is_class(*exponent, class_digit)) return nullptr;
                kind = literal_kind::number;
                p = digits(exponent);
            }
        }
        if (p != end_ && is_class(*p, class_ident_start)) return nullptr;  // trailing junk
        if (!sink_.on_literal(at, p, kind)) return stop();
        return p;
    }

    // Digits, and since PostgreSQL 16 single underscores between them.
    const char* digits(const char* p) const {
        while (p != end_ && (is_class(*p, class_digit) ||
                             (*p == '_' && p != begin_ && is_class(p[-1], class_digit) &&
                              p + 1 != end_ && is_class(p[1], class_digit))))
            ++p;
        return p;
    }

    // 0x1F, 0o17, 0b1 of PostgreSQL 16. Returns `at` when it is none of them.
    const char* prefixed_integer(const char* at) const {
        if (end_ - at < 3 || at[0] != '0') return at;
        unsigned base = 0;
        switch (to_lower_ascii(at[1])) {
            case 'x':
                base = 16;
                break;
            case 'o':
                base = 8;
                break;
            case 'b':
                base = 2;
                break;
            default:
                return at;
        }
        const auto is_digit = [base](char c) {
            const char lower = to_lower_ascii(c);
            const unsigned value = lower >= '0' && lower <= '9' ? static_cast<unsigned>(lower - '0')
                                   : lower >= 'a' && lower <= 'f'
                                       ? static_cast<unsigned>(lower - 'a') + 10
                                       : 16;
            return value < base;
        };
        const char* p = at + 2;
        while (p != end_ && (is_digit(*p) || (*p == '_' && p + 1 != end_ && is_digit(p[1]))))
            ++p;
        return p == at + 2 ? at : p;
    }

    const char* dollar(const char* at) {
        const char* p = at + 1;
        if (p == end_) return nullptr;
        if (is_class(*p, class_digit)) {
            std::uint32_t number = 0;
            for (; p != end_ && is_class(*p, class_digit); ++p) {
                if (number <= parameters_max)
                    number = number * 10 + static_cast<unsigned>(*p - '0');
            }
            if (p != end_ && is_class(*p, class_ident_start)) return nullptr;
            if (!sink_.on_parameter(at, p, number)) return stop();
            return p;
        }
        if (*p != '$') {
            if (!is_class(*p, class_ident_start)) return nullptr;
            while (p != end_ && *p != '$' && is_class(*p, class_ident_part))
                ++p;
            if (p == end_ || *p != '$') return nullptr;
        }
        ++p;
        const std::string_view delimiter(at, static_cast<std::size_t>(p - at));
        const std::string_view rest(p, static_cast<std::size_t>(end_ - p));
        const std::size_t close = rest.find(delimiter);
        if (close == std::string_view::npos) return nullptr;
        p += close + delimiter.size();
        if (!sink_.on_literal(at, p, literal_kind::dollar_string)) return stop();
        return p;
    }

    const char* operator_or_comment(const char* at) {
        if (is_line_comment(at)) {
            const char* p = line_end(at);
            sink_.on_comment(at, p);
            return p;
        }
        if (is_block_comment(at)) {
            const char* p = block_comment_end(at);
            if (p != nullptr) sink_.on_comment(at, p);
            return p;
        }
        // A comment may start inside a run of operator characters, and ends the operator.
        const char* p = at;
        bool may_end_in_sign = false;
        do {
            may_end_in_sign |= is_class(*p, class_operator_tail);
            ++p;
        } while (p != end_ && is_class(*p, class_operator) && !is_line_comment(p) &&
                 !is_block_comment(p));
        sink_.on_operator(at, p, p[-1] == '-' && !may_end_in_sign);
        return p;
    }

    const char* block_comment_end(const char* at) const {
        const char* p = at + 2;
        for (std::size_t depth = 1; p + 1 < end_;) {
            if (*p == '*' && p[1] == '/') {
                p += 2;
                if (--depth == 0) return p;
            } else if (is_block_comment(p)) {
                p += 2;
                ++depth;
            } else {
                ++p;
            }
        }
        return nullptr;
    }

    [[nodiscard]] bool is_line_comment(const char* p) const {
        return end_ - p >= 2 && p[0] == '-' && p[1] == '-';
    }
    [[nodiscard]] bool is_block_comment(const char* p) const {
        return end_ - p >= 2 && p[0] == '/' && p[1] == '*';
    }
    [[nodiscard]] static bool is_newline(char c) { return c == '\n' || c == '\r'; }
    [[nodiscard]] const char* line_end(const char* p) const {
        while (p != end_ && !is_newline(*p))
            ++p;
        return p;
    }
    const char* stop() {
        status_ = lex_status::too_many_params;
        return nullptr;
    }

    const char* begin_;
    const char* end_;
    bool plain_strings_escape_;
    Sink& sink_;
    lex_status status_ = lex_status::ok;
};

}  // namespace pgfold::sql
