#include "config/variables.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace pgfold::config {
namespace {

// Control characters that YAML forbids in a document; the loader has refused texts that hold them.
constexpr char placeholder_begin = '\x01';
constexpr char placeholder_end = '\x02';

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_character(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

constexpr std::size_t secret_bytes_max = 64 * 1024;

struct parsed_reference {
    std::string_view name, path, fallback;
    bool has_fallback = false;
    std::size_t length = 0;
};

// `text` begins with "${".
std::optional<parsed_reference> parse_reference(std::string_view text) {
    std::size_t i = 2;
    if (i >= text.size() || !is_name_start(text[i])) return std::nullopt;
    while (i < text.size() && is_name_character(text[i]))
        ++i;
    parsed_reference result;
    result.name = text.substr(2, i - 2);
    if (result.name == "file" && text.substr(i, 1) == ":" && text.substr(i, 2) != ":-") {
        const std::size_t start = i + 1;
        i = text.find_first_of("}\n", start);
        if (i == std::string_view::npos || i == start) return std::nullopt;
        result.path = text.substr(start, i - start);
        result.name = {};
    } else if (text.substr(i, 2) == ":-") {
        const std::size_t start = i + 2;
        i = text.find_first_of("}\n", start);
        if (i == std::string_view::npos) return std::nullopt;
        result.fallback = text.substr(start, i - start);
        result.has_fallback = true;
    }
    if (i >= text.size() || text[i] != '}') return std::nullopt;
    result.length = i + 1;
    return result;
}

// Index of the placeholder that begins at text[at]; `at` is moved behind it.
std::optional<std::size_t> parse_placeholder(std::string_view text, std::size_t& at) {
    if (text[at] != placeholder_begin) return std::nullopt;
    const std::size_t end = text.find(placeholder_end, at);
    if (end == std::string_view::npos) return std::nullopt;
    std::size_t index = 0;
    std::from_chars(text.data() + at + 1, text.data() + end, index);
    at = end + 1;
    return index;
}

// The one line of a file. False with the reason in `text`, which never shows what the file holds.
bool read_secret(const std::string& path, std::string& text) {
    errno = 0;
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        text = path + ": is a folder, not a file";
        return false;
    }
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        text = path + ": " + (errno != 0 ? std::strerror(errno) : "cannot be read");
        return false;
    }
    std::string content(secret_bytes_max + 1, '\0');
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(stream.gcount()));
    if (content.size() > secret_bytes_max) {
        text = path + ": longer than 64 KiB";
        return false;
    }
    while (!content.empty() && (content.back() == '\n' || content.back() == '\r'))
        content.pop_back();
    text = std::move(content);
    return true;
}

std::string_view line_of(std::string_view text, int line) {
    std::size_t start = 0;
    for (int i = 0; i < line; ++i) {
        const std::size_t end = text.find('\n', start);
        if (end == std::string_view::npos) return {};
        start = end + 1;
    }
    return text.substr(start, text.find('\n', start) - start);
}

}  // namespace

variable_references::variable_references(std::string_view text) : original_(text) {
    masked_.reserve(text.size());
    std::size_t line_start = 0;
    int line = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (text.substr(i, 3) == "$${") {
            reference escape;
            escape.source = "$${";
            escape.line = line;
            add_reference(std::move(escape), line_start);
            i += 3;
            continue;
        }
        if (text.substr(i, 2) == "${") {
            if (const auto parsed = parse_reference(text.substr(i))) {
                reference found;
                found.source = text.substr(i, parsed->length);
                found.name = parsed->name;
                found.path = parsed->path;
                found.fallback = parsed->fallback;
                found.has_fallback = parsed->has_fallback;
                found.line = line;
                add_reference(std::move(found), line_start);
                i += parsed->length;
                continue;
            }
        }
        masked_ += text[i];
        if (text[i] == '\n') {
            ++line;
            line_start = masked_.size();
        }
        ++i;
    }
}

void variable_references::add_reference(reference found, std::size_t line_start) {
    found.masked_column = masked_.size() - line_start;
    const std::size_t before = masked_.size();
    masked_ += placeholder_begin;
    masked_ += std::to_string(references_.size());
    masked_ += placeholder_end;
    found.masked_length = masked_.size() - before;
    references_.push_back(std::move(found));
}

expansion variable_references::expand(std::string_view masked_scalar,
                                      const variable_lookup& variables,
                                      const std::string& folder) const {
    expansion result;
    for (std::size_t i = 0; i < masked_scalar.size();) {
        if (masked_scalar.substr(i, 2) == "${") {
            result.error =
                "\"${\" without a reference of the form ${NAME}, ${NAME:-default} or ${file:PATH}; "
                "write $${ for the characters themselves";
            return result;
        }
        const auto index = parse_placeholder(masked_scalar, i);
        if (!index) {
            result.text += masked_scalar[i++];
            continue;
        }
        const reference& found = references_[*index];
        if (!found.path.empty()) {
            result.has_variable = true;
            result.files.push_back((std::filesystem::path(folder) / found.path).string());
            std::string text;
            if (!read_secret(result.files.back(), text)) {
                result.error = std::move(text);
                return result;
            }
            result.text += text;
            continue;
        }
        if (found.name.empty()) {
            result.text += "${";
            continue;
        }
        result.has_variable = true;
        const auto value = variables(found.name);
        if (found.has_fallback && (!value || value->empty())) {
            result.text += found.fallback;
        } else if (value) {
            result.text += *value;
        } else {
            result.error = "environment variable " + found.name + " is not set; write ${" +
                           found.name + ":-default} to give it a default";
            return result;
        }
    }
    return result;
}

std::string variable_references::unmask(std::string_view masked) const {
    std::string result;
    for (std::size_t i = 0; i < masked.size();) {
        if (const auto index = parse_placeholder(masked, i)) {
            result += references_[*index].source;
        } else {
            result += masked[i++];
        }
    }
    return result;
}

position variable_references::original_position(int line, int column) const {
    std::size_t bytes = static_cast<std::size_t>(column);
    std::size_t shift = 0;
    for (const reference& found : references_) {
        if (found.line != line) continue;
        if (found.masked_column + found.masked_length > bytes) break;
        shift += found.source.size();
        shift -= found.masked_length;  // may wrap around and back: only the sum counts
    }
    bytes += shift;
    int characters = 0;
    const std::string_view text = line_of(original_, line).substr(0, bytes);
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++characters;
    }
    // Behind the end of the line: keep what the parser said.
    characters += static_cast<int>(bytes - text.size());
    return {line + 1, characters + 1};
}

}  // namespace pgfold::config
