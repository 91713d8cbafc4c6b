#include "proxy/session/setting_statement.hpp"

#include "proxy/session/setting_tokens.hpp"

namespace pgfold::session {

using setting_text::lower;
using setting_text::token;
using setting_text::token_reader;

namespace {

bool at_end(token_reader& reader) {
    token found = reader.next();
    while (found.what == token::kind::sign && found.text == ";")
        found = reader.next();
    return found.what == token::kind::end;
}

}  // namespace

std::optional<setting_statement> parse_setting_statement(std::string_view text) {
    token_reader reader(text);
    const std::string verb = lower(reader.next().text);
    token found = reader.next();
    std::string word = found.what == token::kind::word ? lower(found.text) : std::string();
    if (verb == "show" || verb == "reset" || verb == "discard") {
        if (word.empty() || !at_end(reader)) return std::nullopt;
        if (verb != "show" && word == "all")
            return setting_statement{setting_command::reset_all, {}, {}};
        if (verb == "discard") return std::nullopt;
        return setting_statement{
            verb == "show" ? setting_command::show : setting_command::reset, std::move(word), {}};
    }
    if (verb != "set") return std::nullopt;
    const bool local = word == "local";
    if (local || word == "session") {
        found = reader.next();
        word = found.what == token::kind::word ? lower(found.text) : std::string();
    }
    if (word.empty()) return std::nullopt;
    const token sign = reader.next();
    if (sign.what == token::kind::quoted || (sign.text != "=" && lower(sign.text) != "to"))
        return std::nullopt;
    token value = reader.next();
    if (value.what != token::kind::word && value.what != token::kind::quoted) return std::nullopt;
    if (!at_end(reader)) return std::nullopt;
    if (value.what == token::kind::word && lower(value.text) == "default" && !local)
        return setting_statement{setting_command::reset, std::move(word), {}};
    return setting_statement{local ? setting_command::set_local : setting_command::set,
                             std::move(word), std::move(value.text)};
}

}  // namespace pgfold::session
