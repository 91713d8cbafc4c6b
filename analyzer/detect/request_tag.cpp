#include "analyzer/detect/request_tag.hpp"

#include <algorithm>
#include <functional>

#include "analyzer/detect/canonical_value.hpp"
#include "analyzer/sql/sqlcommenter.hpp"

namespace pgfold::detect {
namespace {

bool ends_value(char c) {
    return c == '\'' || c == ',' || c == ' ' || c == '*';
}

std::string_view value_of(std::string_view comment, std::string_view key) {
    for (std::size_t at = comment.find(key); at != std::string_view::npos;
         at = comment.find(key, at + 1)) {
        std::size_t start = at + key.size();
        if (start >= comment.size() || (comment[start] != '=' && comment[start] != ':')) continue;
        ++start;
        if (start < comment.size() && comment[start] == '\'') ++start;
        std::size_t end = start;
        while (end < comment.size() && !ends_value(comment[end]))
            ++end;
        return comment.substr(start, end - start);
    }
    return {};
}

bool same_letters(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() &&
           std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
}

}  // namespace

std::uint64_t request_hash(std::string_view comment) {
    if (comment.empty()) return 0;
    std::string_view id = value_of(comment, "traceparent");
    if (id.size() >= 36) {
        id = id.substr(3, 32);  // version "-" trace id "-" span id: the span differs per statement
    } else {
        id = value_of(comment, "request_id");
    }
    const auto hash_of = [](std::string_view text) {
        return text.empty() ? 0 : combine_hashes(std::hash<std::string_view>{}(text), text.size());
    };
    const std::string_view tag = value_of(comment, session_tag_key);
    if (tag.empty()) return hash_of(id);
    return combine_hashes(hash_of(tag), hash_of(id));
}

bool is_ignored(std::string_view directive) {
    if (directive.empty()) return false;
    const sql::tag_list tags = sql::parse_tags(directive);
    return std::any_of(tags.begin(), tags.end(), [](const auto& tag) {
        return tag.first == "pgfold" && tag.second.starts_with("ignore");
    });
}

std::string_view cursor_name(std::string_view text) {
    while (!text.empty() && (text.back() == ';' || text.back() == ' '))
        text.remove_suffix(1);
    const auto unquoted = [](std::string_view name) {
        return name.size() >= 2 && name.front() == '"' && name.back() == '"'
                   ? name.substr(1, name.size() - 2)
                   : name;
    };
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return {};
    if (same_letters(text.substr(0, space), "declare")) {
        text = text.substr(space + 1);
        return unquoted(text.substr(0, text.find(' ')));
    }
    return unquoted(text.substr(text.rfind(' ') + 1));
}

}  // namespace pgfold::detect
