#include "proxy/fold/batch/text_edit.hpp"

#include <algorithm>
#include <charconv>

#include "analyzer/sql/char_class.hpp"
#include "analyzer/sql/sql_lexer.hpp"

namespace pgfold::fold {
namespace {

bool uses_own_names(std::string_view text) {
    constexpr std::string_view prefix = "pgfold_";
    return std::search(text.begin(), text.end(), prefix.begin(), prefix.end(),
                       [](char a, char b) { return sql::to_lower_ascii(a) == b; }) != text.end();
}

class text_editor {
public:
    text_editor(std::string_view text, std::span<const replaced_key> keys,
                std::uint16_t bound_parameters, std::uint16_t first_parameter)
        : text_(text),
          keys_(keys),
          bound_parameters_(bound_parameters),
          first_parameter_(first_parameter) {}

    // Tokens and literals come in the order of the text; a literal may be of two tokens (its sign).
    [[nodiscard]] std::optional<edited_text> edit(const std::vector<sql::token>& tokens,
                                                  std::span<const sql::literal_span> literals) {
        std::size_t end = tokens.size();
        while (end != 0 && text_of(tokens[end - 1]) == ";")
            --end;
        if (end == 0) return std::nullopt;
        at_ = tokens[0].offset;
        std::size_t literal = 0;
        for (std::size_t i = 0; i < end; ++i) {
            const sql::token& t = tokens[i];
            if (literal < literals.size() && literals[literal].offset == t.offset) {
                replace(literals[literal].offset, literals[literal].length,
                        find_key(bound_parameters_ + literal + 1));
                ++literal;
            } else if (t.kind == sql::token_kind::parameter) {
                const std::uint16_t number = number_of(t);
                const replaced_key* key = find_key(number);
                if (key == nullptr && first_parameter_ != 0)
                    renumber(t, number);
                else
                    replace(t.offset, t.length, key);
            }
        }
        if (literal != literals.size() || keys_found_.size() != keys_.size()) return std::nullopt;
        const sql::token& last = tokens[end - 1];
        result_.text += text_.substr(at_, last.offset + last.length - at_);
        return std::move(result_);
    }

private:
    [[nodiscard]] std::string_view text_of(const sql::token& t) const {
        return text_.substr(t.offset, t.length);
    }
    [[nodiscard]] std::uint16_t number_of(const sql::token& t) const {
        std::uint16_t number = 0;
        const std::string_view digits = text_of(t).substr(1);
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
        return number;
    }
    [[nodiscard]] const replaced_key* find_key(std::size_t parameter) {
        for (const replaced_key& key : keys_) {
            if (key.parameter != parameter) continue;
            if (std::find(keys_found_.begin(), keys_found_.end(), parameter) == keys_found_.end())
                keys_found_.push_back(parameter);
            return &key;
        }
        return nullptr;
    }

    void replace(std::size_t offset, std::size_t length, const replaced_key* key) {
        if (key == nullptr) return;
        result_.text += text_.substr(at_, offset - at_);
        result_.text +=
            ' ' + key->by + ' ';  // quotes and signs need no space around them, names do
        at_ = offset + length;
    }
    void renumber(const sql::token& t, std::uint16_t number) {
        auto& constants = result_.constants;
        auto found = std::find(constants.begin(), constants.end(), number);
        if (found == constants.end()) found = constants.insert(constants.end(), number);
        result_.text += text_.substr(at_, t.offset - at_);
        result_.text += '$' + std::to_string(first_parameter_ + (found - constants.begin()));
        at_ = t.offset + t.length;
    }

    std::string_view text_;
    std::span<const replaced_key> keys_;
    std::uint16_t bound_parameters_;
    std::uint16_t first_parameter_;
    std::size_t at_ = 0;
    std::vector<std::size_t> keys_found_;
    edited_text result_;
};

}  // namespace

std::optional<edited_text> edit_text(std::string_view text,
                                     std::span<const sql::literal_span> literals,
                                     std::uint16_t bound_parameters, sql::text_settings settings,
                                     std::span<const replaced_key> keys,
                                     std::uint16_t first_parameter) {
    if (uses_own_names(text)) return std::nullopt;
    std::vector<sql::token> tokens;
    if (sql::sql_lexer().tokenize(text, settings, tokens) != sql::lex_status::ok)
        return std::nullopt;
    return text_editor(text, keys, bound_parameters, first_parameter).edit(tokens, literals);
}

}  // namespace pgfold::fold
