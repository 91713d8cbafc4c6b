#include "proxy/session/batch_switch.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace pgfold::session {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

// Words in lower case, quoted ones without their quotes, and single characters.
class token_reader {
public:
    explicit token_reader(std::string_view text) : rest_(text) {}

    // Empty at the end.
    [[nodiscard]] std::string next() {
        skip_blanks();
        if (rest_.empty()) return {};
        if (rest_.front() == '\'') return quoted();
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
        const auto size = std::max<std::size_t>(static_cast<std::size_t>(end - rest_.begin()), 1);
        std::string token(rest_.substr(0, size));
        rest_.remove_prefix(size);
        for (char& c : token)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
        return token;
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

    [[nodiscard]] std::string quoted() {
        const auto end = rest_.find('\'', 1);
        std::string token(rest_.substr(0, end == std::string_view::npos ? end : end + 1));
        rest_.remove_prefix(token.size());
        if (token.size() < 2 || token.back() != '\'') return "'";
        token = token.substr(1, token.size() - 2);
        for (char& c : token)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
        return token.empty() ? "''" : token;
    }

    std::string_view rest_;
};

constexpr std::string_view name = "pgfold.batch";

// As PostgreSQL reads a truth value: any beginning of the word that is clear.
std::optional<bool> truth_of(const std::string& value) {
    const auto begins = [&](std::string_view word, std::size_t least) {
        return value.size() >= least && word.starts_with(value);
    };
    if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || value == "1") return true;
    if (begins("false", 1) || begins("no", 1) || begins("off", 2) || value == "0") return false;
    return std::nullopt;
}

bool at_end(token_reader& reader) {
    std::string token = reader.next();
    while (token == ";")
        token = reader.next();
    return token.empty();
}

}  // namespace

std::optional<batch_switch> parse_batch_switch(std::string_view text) {
    token_reader reader(text);
    const std::string verb = reader.next();
    std::string token = reader.next();
    if (verb == "show" || verb == "reset") {
        if (verb == "reset" && token == "all" && at_end(reader))
            return batch_switch{batch_command::reset_all};
        if (token != name || !at_end(reader)) return std::nullopt;
        return batch_switch{verb == "show" ? batch_command::show : batch_command::reset};
    }
    if (verb == "discard" && token == "all" && at_end(reader))
        return batch_switch{batch_command::reset_all};
    if (verb != "set") return std::nullopt;
    const bool local = token == "local";
    if (local || token == "session") token = reader.next();
    if (token != name) return std::nullopt;
    if (token = reader.next(); token != "=" && token != "to") return std::nullopt;
    const std::string value = reader.next();
    if (value.empty() || !at_end(reader)) return std::nullopt;
    if (value == "default" && !local) return batch_switch{batch_command::reset};
    const auto on = truth_of(value);
    if (!on) return batch_switch{batch_command::invalid};
    return batch_switch{local ? batch_command::set_local : batch_command::set, *on};
}

}  // namespace pgfold::session
