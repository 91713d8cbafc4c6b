#include "config/value_setter.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>

#include "config/listen_address.hpp"
#include "config/nearest_key.hpp"
#include "config/units.hpp"

namespace pgfold::config {
namespace {

constexpr std::size_t shown_bytes_max = 60;

std::string quoted(std::string text) {
    if (text.size() > shown_bytes_max) {
        std::size_t end = shown_bytes_max;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
            --end;
        text.resize(end);  // not in the middle of a character
        text += "…";
    }
    return '"' + text + '"';
}

std::optional<std::uint32_t> parse_integer(std::string_view text) {
    std::uint32_t value = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (text.empty() || error != std::errc{} || end != last) return std::nullopt;
    return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
    if (text == "true" || text == "yes" || text == "on") return true;
    if (text == "false" || text == "no" || text == "off") return false;
    return std::nullopt;
}

std::string file_problem(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return path + ": is a folder, not a file";
    if (::access(path.c_str(), R_OK) != 0) return path + ": " + std::strerror(errno);
    return {};
}

// For a file that pgfold makes itself.
std::string folder_problem(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return path + ": is a folder, not a file";
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
        return folder.string() + ": there is no such folder";
    return {};
}

// One function per type, chosen by std::visit.
struct setter {
    const field_type& type;
    const value_text& value;
    const std::string& folder;
    void* record;

    [[nodiscard]] std::string unexpected() const {
        return "expected " + expectation(type) + ", found " + value.shown;
    }

    std::string operator()(const text_type& text) const {
        if (!value.text.empty() && text.problem != nullptr) {
            std::string problem = text.problem(value.text);
            if (!problem.empty()) return problem;
        }
        text.value(record) = value.text;
        return {};
    }
    std::string operator()(const file_type& file) const {
        if (value.text.empty()) return {};
        const std::string path = (std::filesystem::path(folder) / value.text).string();
        std::string problem = file.must_exist ? file_problem(path) : folder_problem(path);
        if (problem.empty()) file.value(record) = path;
        return problem;
    }
    std::string operator()(const address_type& address) const {
        const listen_address_result parsed = parse_listen_address(value.text);
        if (!parsed.error.empty()) return value.shown + ": " + parsed.error;
        if (parsed.value.is_unix() && !address.unix_allowed) {
            return value.shown + ": cannot be a Unix socket";
        }
        address.value(record) = value.text;
        return {};
    }
    std::string operator()(const integer_type& integer) const {
        if (!integer.word_for_zero.empty() && value.text == integer.word_for_zero) {
            integer.value(record) = 0;
            return {};
        }
        const auto number = parse_integer(value.text);
        if (!number || *number < integer.min || *number > integer.max) return unexpected();
        integer.value(record) = *number;
        return {};
    }
    std::string operator()(const duration_type& duration) const {
        const auto time = parse_duration(value.text);
        if (!time && parse_integer(value.text)) {
            return value.shown + " needs a unit: ms, s, m or h";
        }
        if (!time || *time < duration.min || *time > duration.max) return unexpected();
        duration.value(record) = *time;
        return {};
    }
    std::string operator()(const byte_size_type& size) const {
        const auto bytes = parse_byte_size(value.text);
        if (!bytes && parse_integer(value.text)) {
            return value.shown + " needs a unit: B, KiB, MiB or GiB";
        }
        if (!bytes || *bytes < size.min || *bytes > size.max) return unexpected();
        size.value(record) = *bytes;
        return {};
    }
    std::string operator()(const boolean_type& boolean) const {
        const auto truth = parse_boolean(value.text);
        if (!truth) return unexpected();
        boolean.value(record) = *truth;
        return {};
    }
    std::string operator()(const choice_type& choice) const {
        const auto name = std::find(choice.names.begin(), choice.names.end(), value.text);
        if (name != choice.names.end()) {
            choice.set(record, static_cast<std::size_t>(name - choice.names.begin()));
            return {};
        }
        const std::string_view nearest = nearest_key(value.text, choice.names);
        if (nearest.empty()) return unexpected();
        return unexpected() + "; did you mean " + std::string(nearest) + "?";
    }
    std::string operator()(const address_list_type&) const { return unexpected(); }
    std::string operator()(const text_list_type&) const { return unexpected(); }
    std::string operator()(const section_type&) const { return unexpected(); }
    std::string operator()(const record_list_type&) const { return unexpected(); }
};

}  // namespace

value_text make_value_text(const field_type& type, std::string text, const std::string& origin) {
    value_text result;
    const auto* string = std::get_if<text_type>(&type);
    if (string != nullptr && string->mask != nullptr) {
        result.shown = "the value";
    } else if (origin.find("${file:") != std::string::npos) {
        result.shown = "the value of " + origin;  // what is kept in a file is taken for a secret
    } else {
        result.shown = quoted(text);
        if (!origin.empty()) result.shown += " (from " + origin + ")";
    }
    result.text = std::move(text);
    return result;
}

std::string set_value(const field_type& type, const value_text& value, const std::string& folder,
                      void* record) {
    return std::visit(setter{type, value, folder, record}, type);
}

std::string add_address(const value_text& value, std::vector<std::string>& addresses) {
    const listen_address_result parsed = parse_listen_address(value.text);
    if (!parsed.error.empty()) return value.shown + ": " + parsed.error;
    for (const std::string& other : addresses) {
        const listen_address known = parse_listen_address(other).value;
        if (known == parsed.value && (known.is_unix() || known.port != 0)) {
            return value.shown + " stands in the list already";
        }
    }
    addresses.push_back(value.text);
    return {};
}

}  // namespace pgfold::config
