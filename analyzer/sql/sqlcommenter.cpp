#include "analyzer/sql/sqlcommenter.hpp"

#include <algorithm>

#include "analyzer/sql/char_class.hpp"

namespace pgfold::sql {
namespace {

bool is_space(char c) {
    return is_class(c, class_space);
}

// Keys are URL-encoded by sqlcommenter, so these are all there are.
bool is_key_byte(char c) {
    return (is_class(c, class_ident_part) && static_cast<unsigned char>(c) < 128) || c == '-' ||
           c == '.' || c == '%' || c == '/';
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = to_lower_ascii(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// %xx decoding, and \' of quoted values. A '%' that no two hex digits follow stands for itself.
std::string decode(std::string_view text, bool quoted) {
    std::string decoded;
    decoded.reserve(std::min(text.size(), tag_bytes_max));
    for (std::size_t i = 0; i < text.size() && decoded.size() < tag_bytes_max; ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high >= 0 && low >= 0) {
                decoded.push_back(static_cast<char>(high * 16 + low));
                i += 2;
                continue;
            }
        }
        if (quoted && text[i] == '\\' && i + 1 < text.size()) ++i;
        decoded.push_back(text[i]);
    }
    return decoded;
}

// Reads tags one at a time, so that asking whether there is one costs no more than the first.
class tag_reader {
public:
    explicit tag_reader(std::string_view comment) : rest_(comment) {}

    struct raw_tag {
        std::string_view key, value;
        bool quoted = false;
    };

    [[nodiscard]] bool next(raw_tag& tag) {
        while (!rest_.empty()) {
            skip_separators();
            if (read(tag)) return true;
            skip_to_separator();
        }
        return false;
    }

private:
    // Delimiters of comments separate too. pg_hint_plan's /*+ is not one of ours, nor is '+' a key.
    static bool is_separator(char c) { return c == ',' || c == ';' || c == '*' || is_space(c); }

    void skip_separators() {
        while (!rest_.empty() && (is_separator(rest_.front()) || rest_.starts_with("/*") ||
                                  (rest_.size() == 1 && rest_.front() == '/'))) {
            // the '/' of "*/"
            const bool star = rest_.front() == '*';
            rest_.remove_prefix(1);
            if (star && !rest_.empty() && rest_.front() == '/') rest_.remove_prefix(1);
        }
    }
    void skip_to_separator() {
        while (!rest_.empty() && !is_separator(rest_.front()))
            rest_.remove_prefix(1);
    }

    bool read(raw_tag& tag) {
        std::size_t at = 0;
        while (at < rest_.size() && is_key_byte(rest_[at]))
            ++at;
        if (at == 0 || at + 1 >= rest_.size()) return false;
        const char sign = rest_[at];
        if (sign != '=' && sign != ':') return false;
        tag.key = rest_.substr(0, at);
        std::string_view value = rest_.substr(at + 1);
        tag.quoted = value.front() == '\'';
        if (tag.quoted) {
            std::size_t close = 1;
            while (close < value.size() && value[close] != '\'')
                close += value[close] == '\\' ? 2 : 1;
            if (close >= value.size()) return false;
            tag.value = value.substr(1, close - 1);
            rest_ = value.substr(close + 1);
            return true;
        }
        // Unquoted values end at a comma or at the comment's end; marginalia lets them hold spaces.
        if (is_space(value.front())) return false;
        std::size_t end = 0;
        while (end < value.size() && value[end] != ',' && value[end] != ';' &&
               value.compare(end, 2, "*/") != 0)
            ++end;
        tag.value = trim(value.substr(0, end));
        rest_ = value.substr(end);
        // "https://…" in prose
        return !tag.value.empty() && !tag.value.starts_with("//");
    }

    std::string_view rest_;
};

}  // namespace

tag_list parse_tags(std::string_view comment) {
    tag_list tags;
    tag_reader reader(comment);
    for (tag_reader::raw_tag raw; tags.size() < tags_max && reader.next(raw);)
        tags.emplace_back(decode(raw.key, false), decode(raw.value, raw.quoted));
    return tags;
}

bool holds_tags(std::string_view comment) {
    if (comment.find_first_of("=:") == std::string_view::npos) return false;
    tag_reader reader(comment);
    tag_reader::raw_tag raw;
    return reader.next(raw);
}

directive_use find_directive(std::string_view comment) {
    constexpr std::string_view key = "pgfold";
    if (comment.find(key) == std::string_view::npos) return directive_use::none;
    bool directive = false;
    bool tags = false;
    tag_reader reader(comment);
    for (tag_reader::raw_tag raw; reader.next(raw);)
        (raw.key == key ? directive : tags) = true;
    if (!directive) return directive_use::none;
    return tags ? directive_use::beside_tags : directive_use::alone;
}

}  // namespace pgfold::sql
