#include "proxy/session/sql_prepared.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "analyzer/sql/sql_lexer.hpp"
#include "proxy/session/statement_name.hpp"

namespace pgfold::session {
namespace {

using sql::token;
using sql::token_kind;

// A walk over the tokens of a statement; at its end `text()` is empty.
class token_walk {
public:
    token_walk(std::string_view text, sql::text_settings settings) : text_(text) {
        if (sql::sql_lexer().tokenize(text, settings, tokens_) != sql::lex_status::ok)
            tokens_.clear();
    }
    [[nodiscard]] bool at_end() const { return at_ == tokens_.size(); }
    [[nodiscard]] std::string_view text() const {
        return at_end() ? std::string_view()
                        : text_.substr(tokens_[at_].offset, tokens_[at_].length);
    }
    [[nodiscard]] bool is(token_kind kind) const { return !at_end() && tokens_[at_].kind == kind; }
    [[nodiscard]] std::string_view rest() const {
        return at_end() ? std::string_view() : text_.substr(tokens_[at_].offset);
    }
    void skip() { at_ += at_end() ? 0 : 1; }
    [[nodiscard]] bool take(std::string_view expected) {
        if (text() != expected) return false;
        skip();
        return true;
    }
    [[nodiscard]] bool take_word(std::string_view lower) {
        if (!is(token_kind::word) || identifier_name(text()) != lower) return false;
        skip();
        return true;
    }
    [[nodiscard]] std::optional<std::string> take_name() {
        const bool plain = is(token_kind::word);
        // U&"…" is left alone: nobody names statements so.
        if (!plain && !(is(token_kind::quoted_identifier) && text().starts_with('"')))
            return std::nullopt;
        std::string name = identifier_name(text());
        skip();
        return name;
    }
    // Past what stands before a comma or the closing parenthesis around it.
    void skip_item() {
        for (std::size_t depth = 0; !at_end(); skip()) {
            if (depth == 0 && (text() == "," || text() == ")")) return;
            if (text() == "(" || text() == "[") ++depth;
            if (text() == ")" || text() == "]") --depth;
        }
    }

private:
    std::string_view text_;
    std::vector<token> tokens_;
    std::size_t at_ = 0;
};

bool is_constant_word(std::string_view word) {
    const std::string lower = identifier_name(word);
    return lower == "null" || lower == "true" || lower == "false";
}

// A constant, perhaps with a sign or a cast.
std::optional<detect::argument> take_constant(token_walk& walk) {
    const std::string_view from = walk.rest();
    if (walk.text() == "-") walk.skip();
    const bool constant =
        walk.is(token_kind::literal) ||
        (walk.is(token_kind::word) && from == walk.rest() && is_constant_word(walk.text()));
    if (!constant) return std::nullopt;
    detect::argument value;
    value.format = detect::argument_format::literal;
    value.bytes = from.substr(
        0, static_cast<std::size_t>(walk.text().data() - from.data()) + walk.text().size());
    walk.skip();
    const std::string_view next = walk.text();
    if (next.starts_with(':')) {
        walk.skip_item();
    } else if (next != "," && next != ")") {
        return std::nullopt;
    }
    return value;
}

}  // namespace

prepared_statement_ptr prepared_by(std::string_view text, sql::text_settings settings,
                                   sql::statement_analyzer& analyzer) {
    token_walk walk(text, settings);
    if (!walk.take_word("prepare")) return nullptr;
    auto name = walk.take_name();
    if (!name) return nullptr;
    if (walk.take("(")) {  // types: values are compared without them
        while (!walk.at_end() && walk.text() != ")") {
            walk.skip_item();
            if (!walk.take(",")) break;
        }
        if (!walk.take(")")) return nullptr;
    }
    if (!walk.take_word("as") || walk.at_end()) return nullptr;
    auto made = std::make_shared<prepared_statement>();
    made->name = std::move(*name);
    made->text = walk.rest();
    const auto found = analyzer.analyze(made->text, settings);
    if (!found.statement) return nullptr;
    made->statement = found.statement;
    made->literals.assign(found.literals.begin(), found.literals.end());
    return made;
}

prepared_statement_ptr executed_by(std::string_view text, sql::text_settings settings,
                                   const statement_registry& statements,
                                   std::vector<detect::argument>& arguments) {
    token_walk walk(text, settings);
    if (!walk.take_word("execute")) return nullptr;
    const auto name = walk.take_name();
    if (!name) return nullptr;
    auto statement = statements.find(*name);
    if (!statement || !statement->statement) return nullptr;
    arguments.clear();
    const std::size_t bound = statement->statement->bound_parameters;
    if (walk.take("(")) {
        while (arguments.size() < bound) {
            const auto value = take_constant(walk);
            if (!value) break;
            arguments.push_back(*value);
            if (!walk.take(",")) break;
        }
    }
    if (arguments.size() < bound) return statement;
    for (const auto& literal : statement->literals)
        arguments.push_back(
            {.bytes = std::string_view(statement->text).substr(literal.offset, literal.length),
             .format = detect::argument_format::literal});
    return statement;
}

}  // namespace pgfold::session
