#include "proxy/session/setting_tokens.hpp"

#include <algorithm>

namespace pgfold::session::setting_text {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

}  // namespace

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return text;
}

token token_reader::next() {
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

void token_reader::skip_blanks() {
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

token token_reader::quoted(bool escapes) {
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

std::string_view token_reader::rest() {
    skip_blanks();
    const auto droppable = [](char c) { return is_space(c) || c == ';'; };
    while (!rest_.empty() && droppable(rest_.back()))
        rest_.remove_suffix(1);
    return rest_;
}

}  // namespace pgfold::session::setting_text
