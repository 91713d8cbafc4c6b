#include "proxy/session/setting_statement.hpp"

#include <algorithm>

namespace pgfold::session {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return text;
}

struct token {
    enum class kind : std::uint8_t { end, word, quoted, sign };
    kind what = kind::end;
    std::string text;  // of quoted ones, what the quotes hold
};

// Words, strings and single characters; blanks and comments are passed over.
class token_reader {
public:
    explicit token_reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] token next() {
        skip_blanks();
        if (rest_.empty()) return {};
        if (rest_.front() == '\'') return quoted(false);
        if (rest_.size() > 1 && (rest_[0] == 'E' || rest_[0] == 'e') && rest_[1] == '\'') {
            rest_.remove_prefix(1);
            return quoted(true);
        }
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
        const auto size = static_cast<std::size_t>(end - rest_.begin());
        token found{size == 0 ? token::kind::sign : token::kind::word,
                    std::string(rest_.substr(0, std::max<std::size_t>(size, 1)))};
        rest_.remove_prefix(found.text.size());
        return found;
    }

private:
    void skip_blanks() {
        for (;;) {
            while (!rest_.empty() && is_space(rest_.front()))
                rest_.remove_prefix(1);
            if (rest_.starts_with("--")) {
                rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            } else if (rest_.starts_with("/*")) {
                const auto end = rest_.find("*/", 2);
                rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 2);
            } else {
                return;
            }
        }
    }

    [[nodiscard]] token quoted(bool escapes) {
        token found{token::kind::quoted, {}};
        std::size_t at = 1;
        for (; at < rest_.size(); ++at) {
            if (rest_[at] == '\'') {
                if (at + 1 >= rest_.size() || rest_[at + 1] != '\'') break;
                ++at;
            } else if (escapes && rest_[at] == '\\' && at + 1 < rest_.size()) {
                ++at;
            }
            found.text.push_back(rest_[at]);
        }
        const bool closed = at < rest_.size();
        rest_.remove_prefix(closed ? at + 1 : rest_.size());
        return closed ? found : token{token::kind::sign, "'"};
    }

    std::string_view rest_;
};

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
