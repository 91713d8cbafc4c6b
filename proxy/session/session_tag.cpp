#include "proxy/session/session_tag.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "analyzer/detect/request_tag.hpp"
#include "analyzer/sql/sqlcommenter.hpp"
#include "proxy/session/setting_statement.hpp"

namespace pgfold::session {
namespace {

constexpr std::string_view name = detect::session_tag_key;
constexpr std::size_t value_bytes_max = sql::tag_bytes_max;

bool same_letters(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() &&
           std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
           });
}

bool calls_set_config(const sql::statement_template& statement) {
    return statement.calls_volatile &&
           std::any_of(statement.functions.begin(), statement.functions.end(),
                       [](const std::string& function) {
                           return function == "set_config" || function == "pg_catalog.set_config";
                       });
}

// The parameter that stands at `text`, "$2" being 2; 0 when none does.
std::size_t take_parameter(std::string_view& text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    if (!text.starts_with('$')) return 0;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    if (error != std::errc()) return 0;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with("::")) text.remove_prefix(std::min(text.find_first_of(",)"), text.size()));
    while (text.starts_with(' '))
        text.remove_prefix(1);
    return number;
}

// A bound text, or a literal in the forms that drivers write.
std::optional<std::string> text_of(const detect::argument& value) {
    if (value.is_null) return std::nullopt;
    if (value.format != detect::argument_format::literal) return std::string(value.bytes);
    const auto set = parse_setting_statement("SET a = " + std::string(value.bytes));
    return set ? std::optional(set->value) : std::nullopt;
}

// Of set_config(name, value, is_local): the value, when the name is the tag's.
std::optional<std::string> configured(const detect::execution_start& start) {
    const std::string& text = start.statement->normalized_text;
    const std::string_view call = "set_config";
    const auto at = std::search(text.begin(), text.end(), call.begin(), call.end(),
                                [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    std::string_view rest(text);
    rest.remove_prefix(
        std::min(static_cast<std::size_t>(at - text.begin()) + call.size(), rest.size()));
    while (rest.starts_with(' '))
        rest.remove_prefix(1);
    if (!rest.starts_with('(')) return std::nullopt;
    rest.remove_prefix(1);
    const std::size_t asked = take_parameter(rest);
    if (!rest.starts_with(',')) return std::nullopt;
    rest.remove_prefix(1);
    const std::size_t value = take_parameter(rest);
    if (asked == 0 || value == 0 || std::max(asked, value) > start.arguments.size())
        return std::nullopt;
    const auto setting = text_of(start.arguments[asked - 1]);
    if (!setting || !same_letters(*setting, name)) return std::nullopt;
    return text_of(start.arguments[value - 1]).value_or("");
}

// As sqlcommenter writes values: what could end one is %-encoded.
void append_encoded(std::string& out, std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : value) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/' ||
                           c == ':';
        if (plain) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(digits[byte >> 4]);
        out.push_back(digits[byte & 15]);
    }
}

}  // namespace

void session_tag::assign(bool local, std::string_view value) {
    current_ = false;
    value = value.substr(0, value_bytes_max);
    if (local) {
        local_ = value;
    } else {
        value_ = value;
        local_.reset();
    }
}

bool session_tag::follow(const detect::execution_start& start) {
    using enum sql::statement_kind;
    switch (start.statement->kind) {
        case set:
        case reset:
        case discard:
            break;
        case select: {
            if (!calls_set_config(*start.statement)) return false;
            const auto value = configured(start);
            if (value) assign(false, *value);
            return value.has_value();
        }
        default:
            return false;
    }
    const auto statement = parse_setting_statement(start.text);
    if (!statement) return false;
    if (statement->command == setting_command::reset_all) {
        on_reset();
        return false;
    }
    if (statement->name != name) return false;
    assign(statement->command == setting_command::set_local, statement->value);
    return true;
}

void session_tag::on_ready(char status) {
    if (status != 'I' || !local_) return;
    local_.reset();
    current_ = false;
}

void session_tag::on_reset() {
    assign(false, {});
}

void session_tag::set_fallback(std::string_view fallback) {
    if (fallback_ == fallback) return;
    fallback_ = fallback;
    current_ = false;
}

std::string_view session_tag::comment_for(std::string_view tag_comment) {
    const std::string& own = local_ ? *local_ : value_;
    const std::string& said = own.empty() && tag_comment.empty() ? fallback_ : own;
    if (said.empty()) return tag_comment;
    if (!current_ || without_ != tag_comment) {
        without_ = tag_comment;
        with_ = "/*" + std::string(name) + "='";
        append_encoded(with_, said);
        with_ += "'*/";
        with_ += tag_comment;
        current_ = true;
    }
    return with_;
}

}  // namespace pgfold::session
