#include "analyzer/sql/varying_parts.hpp"

#include <algorithm>

#include "analyzer/sql/char_class.hpp"

namespace pgfold::sql {
namespace {

constexpr std::size_t text_bytes_max =
    std::size_t{16} * 1024;  // beyond, a parse more or less is no matter

bool equals_folded(std::string_view word, std::string_view lower) {
    return word.size() == lower.size() &&
           std::equal(word.begin(), word.end(), lower.begin(),
                      [](char a, char b) { return to_lower_ascii(a) == b; });
}

bool starts_with_word(std::string_view text, std::string_view lower) {
    return text.size() > lower.size() && equals_folded(text.substr(0, lower.size()), lower) &&
           !is_class(text[lower.size()], class_ident_part);
}

bool is_name(const token& t) {
    return (t.kind == token_kind::word && !t.is_candidate) ||
           t.kind == token_kind::quoted_identifier;
}

// What varies, by the statement's first words.
class part_finder {
public:
    part_finder(std::string_view text, const std::vector<token>& tokens)
        : text_(text), tokens_(tokens) {
        while (count_ < tokens.size() && !is(count_, ";"))
            ++count_;
    }

    // Statements behind a semicolon are no business of this.
    [[nodiscard]] bool is_single() const {
        for (std::size_t i = count_; i < tokens_.size(); ++i) {
            if (!is(i, ";")) return false;
        }
        return count_ >= 2;
    }

    void find() {
        if (is(0, "savepoint") || is(0, "release") || is(0, "fetch") || is(0, "move")) {
            name(count_ - 1);
        } else if (is(0, "deallocate") || is(0, "close")) {
            if (!is(count_ - 1, "all")) name(count_ - 1);
        } else if (is(0, "rollback") || is(0, "commit")) {
            if (is(1, "prepared"))
                values();
            else if (is(1, "to") || (count_ > 2 && is(2, "to")))
                name(count_ - 1);
        } else if (is(0, "prepare")) {
            if (is(1, "transaction"))
                values();
            else
                name(1);
        } else if (is(0, "declare")) {
            name(1);
        } else if (is(0, "execute")) {
            name(1);
            values();
        } else if (is(0, "call") || is(0, "notify")) {
            values();
        }
    }

    std::vector<varying_part> parts;

private:
    [[nodiscard]] bool is(std::size_t i, std::string_view lower) const {
        return equals_folded(text_.substr(tokens_[i].offset, tokens_[i].length), lower);
    }
    void mark(std::size_t i, varying_part part) {
        parts.resize(tokens_.size(), varying_part::no);
        parts[i] = part;
    }
    void name(std::size_t i) {
        if (i > 0 && is_name(tokens_[i])) mark(i, varying_part::name);
    }
    void values() {
        for (std::size_t i = 0; i < count_; ++i) {
            if (tokens_[i].kind == token_kind::literal) mark(i, varying_part::value);
        }
    }

    std::string_view text_;
    const std::vector<token>& tokens_;
    std::size_t count_ = 0;
};

}  // namespace

bool may_have_varying_parts(std::string_view shape) {
    if (shape.empty() || shape.size() > text_bytes_max) return false;
    const auto starts = [shape](std::string_view word) { return starts_with_word(shape, word); };
    switch (to_lower_ascii(shape.front())) {
        case 'c':
            return starts("close") || starts("commit") || starts("call");
        case 'd':
            return starts("deallocate") || starts("declare");
        case 'e':
            return starts("execute");
        case 'f':
            return starts("fetch");
        case 'm':
            return starts("move");
        case 'n':
            return starts("notify");
        case 'p':
            return starts("prepare");
        case 'r':
            return starts("release") || starts("rollback");
        case 's':
            return starts("savepoint");
        default:
            return false;
    }
}

std::vector<varying_part> find_varying_parts(std::string_view text,
                                             const std::vector<token>& tokens) {
    part_finder finder(text, tokens);
    if (!finder.is_single()) return {};
    finder.find();
    return std::move(finder.parts);
}

std::string canonical_text(std::string_view text, const std::vector<token>& tokens,
                           const std::vector<varying_part>& parts) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const token& t = tokens[i];
        if (t.after_space) out += ' ';
        if (parts[i] == varying_part::name) {
            out += "name";
        } else if (parts[i] == varying_part::value) {
            const bool number =
                t.literal == literal_kind::integer || t.literal == literal_kind::number;
            out += number ? "0" : "''";
        } else {
            out += text.substr(t.offset, t.length);
        }
    }
    return out;
}

}  // namespace pgfold::sql
