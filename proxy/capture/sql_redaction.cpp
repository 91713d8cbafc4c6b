#include "proxy/capture/sql_redaction.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace pgfold::capture {
namespace {

using sql::literal_kind;
using sql::token;
using sql::token_kind;

bool equal_word(std::string_view a, std::string_view lower) {
    return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                      [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}

std::size_t find_word(std::string_view text, std::string_view lower) {
    const auto found = std::search(text.begin(), text.end(), lower.begin(), lower.end(),
                                   [](char x, char y) { return (x | 0x20) == y; });
    return found == text.end() ? std::string_view::npos
                               : static_cast<std::size_t>(found - text.begin());
}

std::string_view text_of(const token& t, std::span<const char> text) {
    return std::string_view(text.data(), text.size()).substr(t.offset, t.length);
}

bool is_string(const token& t) {
    return t.kind == token_kind::literal && t.literal != literal_kind::integer &&
           t.literal != literal_kind::number;
}

// What stands between the quotes, or the dollar tags.
std::span<char> content_of(std::span<char> literal) {
    if (literal.empty()) return literal;
    if (literal.front() == '$') {
        const auto end = std::find(literal.begin() + 1, literal.end(), '$');
        const auto tag = static_cast<std::size_t>(end - literal.begin()) + 1;
        return literal.size() < 2 * tag ? std::span<char>()
                                        : literal.subspan(tag, literal.size() - 2 * tag);
    }
    const auto open = std::find(literal.begin(), literal.end(), '\'');
    const auto begin = static_cast<std::size_t>(open - literal.begin()) + 1;
    return literal.size() <= begin ? std::span<char>()
                                   : literal.subspan(begin, literal.size() - begin - 1);
}

void replace_string(std::span<char> literal, const pseudonyms& map) {
    const std::span<char> content = content_of(literal);
    const bool has_quotes =
        literal.front() != '$' && std::find(content.begin(), content.end(), '\'') != content.end();
    if (!has_quotes) {
        map.replace_text(content);
        return;
    }
    // '' is one character of the value, which must get the same pseudonym as everywhere.
    std::string value;
    for (std::size_t i = 0; i < content.size(); ++i) {
        value += content[i];
        if (content[i] == '\'' && i + 1 < content.size() && content[i + 1] == '\'') ++i;
    }
    map.replace_text(value);
    std::size_t at = 0;
    for (std::size_t i = 0; i < content.size(); ++i, ++at) {
        if (content[i] == '\'' && i + 1 < content.size())
            ++i;  // punctuation stays
        else if (at < value.size())
            content[i] = value[at];
    }
}

void replace_literal(const token& t, std::span<char> text, const pseudonyms& map) {
    const std::span<char> literal = text.subspan(t.offset, t.length);
    if (t.literal == literal_kind::bit_string) {
        for (char& c : content_of(literal))
            c = '0';
    } else if (is_string(t)) {
        replace_string(literal, map);
    } else {
        map.replace_text(literal);
    }
}

// A number that is a count or a column of the statement itself.
class clause_watch {
public:
    void see(const token& t, std::string_view word) {
        if (t.kind == token_kind::word) {
            const auto is = [&](std::string_view other) { return equal_word(word, other); };
            if (is("limit") || is("offset") || is("fetch"))
                counting_ = 2;
            else if (is("by"))
                listing_ = true;
            else if (counting_ > 0 && (is("first") || is("next")))
                counting_ = 2;
            else if (!is("asc") && !is("desc") && !is("nulls") && !is("last") && !is("all"))
                listing_ = false;
        } else if (t.kind == token_kind::punctuation && word != ",") {
            listing_ = false;
        }
        if (counting_ > 0) --counting_;
    }
    [[nodiscard]] bool keeps(const token& t) const {
        return t.literal == literal_kind::integer && (counting_ > 0 || listing_);
    }

private:
    int counting_ = 0;
    bool listing_ = false;
};

// SET name = value, but not SET app.user_id = value: those are of the application's making.
bool is_plain_setting(std::span<const token> tokens, std::span<const char> text) {
    if (tokens.size() < 3 || tokens[0].kind != token_kind::word ||
        !equal_word(text_of(tokens[0], text), "set"))
        return false;
    for (std::size_t i = 1; i + 1 < std::min<std::size_t>(tokens.size(), 5); ++i)
        if (text_of(tokens[i], text) == ".")
            return equal_word(text_of(tokens[i - 1], text), "pgfold");
    return std::none_of(tokens.begin(), tokens.end(),
                        [&](const token& t) { return text_of(t, text) == ";"; });
}

}  // namespace

void sql_redaction::hide_passwords(std::span<char> text) {
    constexpr std::string_view word = "password";
    const std::string_view all(text.data(), text.size());
    if (find_word(all, word) == std::string_view::npos) return;
    tokens_.clear();
    const bool readable = lexer_.tokenize(all, {}, tokens_) == sql::lex_status::ok;
    const token* before = nullptr;
    for (const token& t : tokens_) {
        const bool behind = before != nullptr && before->kind == token_kind::word &&
                            equal_word(text_of(*before, text), word);
        const bool inside =
            is_string(t) && find_word(text_of(t, text), "password=") != std::string_view::npos;
        if (is_string(t) && (behind || inside))
            for (char& c : content_of(text.subspan(t.offset, t.length)))
                c = '*';
        before = &t;
    }
    if (readable) return;
    // Nobody knows what stands where.
    for (char& c : text.subspan(find_word(all, word) + word.size()))
        if (c > ' ') c = '*';
}

void sql_redaction::replace_literals(std::span<char> text, const pseudonyms& map) {
    tokens_.clear();
    const std::string_view all(text.data(), text.size());
    if (lexer_.tokenize(all, {}, tokens_) != sql::lex_status::ok) {
        map.replace_text(text);
        return;
    }
    if (is_plain_setting(tokens_, text)) return;
    clause_watch clauses;
    for (const token& t : tokens_) {
        if (t.kind == token_kind::literal && !clauses.keeps(t)) replace_literal(t, text, map);
        clauses.see(t, text_of(t, text));
    }
}

}  // namespace pgfold::capture
