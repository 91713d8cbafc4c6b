#include "config/document_reader.hpp"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "config/listen_address.hpp"
#include "config/nearest_key.hpp"
#include "config/units.hpp"

namespace pgfold::config {
namespace {

constexpr std::size_t errors_max = 100;
constexpr std::size_t shown_bytes_max = 60;

std::string name_of(const YAML::Node& node) {
    if (node.IsMap()) return "a mapping";
    if (node.IsSequence()) return "a list";
    return "nothing";
}

bool is_secret(const field_type& type) {
    const auto* text = std::get_if<text_type>(&type);
    return text != nullptr && text->mask != nullptr;
}

std::string quoted(std::string text) {
    if (text.size() > shown_bytes_max) {
        text.resize(shown_bytes_max);
        // Not in the middle of a character.
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) {
            text.pop_back();
        }
        if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
        text += "…";
    }
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
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

// `key` among the keys of the other sections: "detect.min_lookups".
std::string section_with(std::string_view key) {
    for (const field& candidate : schema()) {
        if (candidate.key == key) return std::string(key);
        const auto* section = std::get_if<section_type>(&candidate.type);
        if (section == nullptr) continue;
        for (const field& inner : section->fields) {
            if (inner.key == key) return std::string(candidate.key) + "." + std::string(key);
        }
    }
    return {};
}

}  // namespace

document_reader::document_reader(const variable_references& references,
                                 const variable_lookup& variables, std::string file)
    : references_(references), variables_(variables), file_(std::move(file)) {}

void document_reader::fail(const YAML::Mark& mark, std::string message) {
    fail(references_.original_position(std::max(mark.line, 0), std::max(mark.column, 0)),
         std::move(message));
}

void document_reader::fail(position at, std::string message) {
    if (errors_.size() >= errors_max) return;
    errors_.push_back({file_, at.line, at.column, std::move(message)});
}

position document_reader::where(std::string_view path) const {
    const auto found = positions_.find(path);
    return found == positions_.end() ? position{} : found->second;
}

std::vector<load_error> document_reader::take_errors() {
    std::stable_sort(errors_.begin(), errors_.end(), [](const load_error& a, const load_error& b) {
        return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    return std::move(errors_);
}

void document_reader::read(const YAML::Node& root, settings& result) {
    if (!root.IsDefined() || root.IsNull()) return;
    if (!root.IsMap()) {
        fail(root.Mark(), "expected a mapping of keys to values, found " +
                              (root.IsScalar() ? "a single value" : name_of(root)));
        return;
    }
    read_fields(root, schema(), "", &result);
}

void document_reader::read_fields(const YAML::Node& map, std::span<const field> fields,
                                  const std::string& path, void* record) {
    std::map<std::string, int> lines;  // of the keys seen
    for (const auto& entry : map) {
        const YAML::Node& key_node = entry.first;
        if (!key_node.IsScalar()) {
            fail(key_node.Mark(), "a key must be a single word");
            continue;
        }
        const std::string key = references_.unmask(key_node.Scalar());
        const auto found = std::find_if(fields.begin(), fields.end(), [&](const field& candidate) {
            return candidate.key == key;
        });
        if (found == fields.end()) {
            unknown_key(key_node.Mark(), key, path, fields);
            continue;
        }
        const position at =
            references_.original_position(key_node.Mark().line, key_node.Mark().column);
        const auto [seen, is_new] = lines.emplace(key, at.line);
        if (!is_new) {
            fail(at, "duplicate key \"" + key + "\", given before in line " +
                         std::to_string(seen->second));
            continue;
        }
        const std::string key_path = path.empty() ? key : path + "." + key;
        if (entry.second.IsNull()) continue;  // `cert:` with nothing behind it is the default
        positions_[key_path] =
            references_.original_position(entry.second.Mark().line, entry.second.Mark().column);
        read_value(entry.second, *found, key_path, record);
    }
}

void document_reader::read_value(const YAML::Node& node, const field& key, const std::string& path,
                                 void* record) {
    const field_type& type = key.type;
    if (const auto* section = std::get_if<section_type>(&type)) {
        if (node.IsMap()) return read_fields(node, section->fields, path, record);
        return fail(node.Mark(), "expected a mapping for \"" + path + "\", found " +
                                     (node.IsScalar() ? "a single value" : name_of(node)));
    }
    if (const auto* list = std::get_if<record_list_type>(&type)) {
        return read_records(node, *list, path, record);
    }
    if (const auto* addresses = std::get_if<address_list_type>(&type)) {
        return read_addresses(node, *addresses, record);
    }
    const auto value = read_scalar(node, type);
    if (!value) return;
    const auto reject = [&] {
        fail(node.Mark(), "expected " + expectation(type) + ", found " + value->shown);
    };
    if (const auto* text = std::get_if<text_type>(&type)) {
        const bool given = !value->text.empty();
        const std::string problem = given && text->problem ? text->problem(value->text) : "";
        if (!problem.empty()) return fail(node.Mark(), problem);
        text->value(record) = value->text;
    } else if (const auto* file = std::get_if<file_type>(&type)) {
        if (value->text.empty()) return;
        const std::string problem = check_file(resolve_path(value->text));
        if (!problem.empty()) return fail(node.Mark(), problem);
        file->value(record) = resolve_path(value->text);
    } else if (const auto* address = std::get_if<address_type>(&type)) {
        const std::string problem = check_address(value->text, address->unix_allowed);
        if (!problem.empty()) return fail(node.Mark(), value->shown + ": " + problem);
        address->value(record) = value->text;
    } else if (const auto* integer = std::get_if<integer_type>(&type)) {
        if (!integer->word_for_zero.empty() && value->text == integer->word_for_zero) {
            integer->value(record) = 0;
            return;
        }
        const auto number = parse_integer(value->text);
        if (!number || *number < integer->min || *number > integer->max) return reject();
        integer->value(record) = *number;
    } else if (const auto* duration = std::get_if<duration_type>(&type)) {
        const auto time = parse_duration(value->text);
        if (!time && parse_integer(value->text)) {
            return fail(node.Mark(), value->shown + " needs a unit: ms, s, m or h");
        }
        if (!time || *time < duration->min || *time > duration->max) return reject();
        duration->value(record) = *time;
    } else if (const auto* boolean = std::get_if<boolean_type>(&type)) {
        const auto truth = parse_boolean(value->text);
        if (!truth) return reject();
        boolean->value(record) = *truth;
    } else if (const auto* choice = std::get_if<choice_type>(&type)) {
        const auto name = std::find(choice->names.begin(), choice->names.end(), value->text);
        if (name == choice->names.end()) {
            const std::string_view nearest = nearest_key(value->text, choice->names);
            return fail(node.Mark(),
                        "expected " + expectation(type) + ", found " + value->shown +
                            (nearest.empty() ? std::string()
                                             : "; did you mean " + std::string(nearest) + "?"));
        }
        choice->set(record, static_cast<std::size_t>(name - choice->names.begin()));
    }
}

void document_reader::read_records(const YAML::Node& node, const record_list_type& type,
                                   const std::string& path, void* record) {
    if (!node.IsSequence()) {
        return fail(node.Mark(), "expected a list for \"" + path + "\", found " +
                                     (node.IsScalar() ? "a single value" : name_of(node)));
    }
    if (node.size() > type.count_max) {
        return fail(node.Mark(), "\"" + path + "\" may hold at most " +
                                     std::to_string(type.count_max) + " items");
    }
    type.clear(record);
    std::size_t index = 0;
    for (const auto& item : node) {
        const std::string item_path = path + "[" + std::to_string(index++) + "]";
        positions_[item_path] = references_.original_position(item.Mark().line, item.Mark().column);
        void* const target = type.append(record);
        if (item.IsMap()) {
            read_fields(item, type.fields, item_path, target);
        } else {
            fail(item.Mark(), "expected a mapping that is " + std::string(type.noun));
        }
    }
}

void document_reader::read_addresses(const YAML::Node& node, const address_list_type& type,
                                     void* record) {
    std::vector<std::string> addresses;
    const auto add = [&](const YAML::Node& item) {
        const auto value = read_scalar(item, field_type(type));
        if (!value) return;
        const std::string problem = check_address(value->text, true);
        if (!problem.empty()) return fail(item.Mark(), value->shown + ": " + problem);
        const auto parsed = parse_listen_address(value->text).value;
        for (const std::string& other : addresses) {
            const auto known = parse_listen_address(other).value;
            if (known == parsed && (known.is_unix() || known.port != 0)) {
                return fail(item.Mark(), value->shown + " stands in the list already");
            }
        }
        addresses.push_back(value->text);
    };
    if (!node.IsSequence()) {
        add(node);
    } else if (node.size() == 0 || node.size() > type.count_max) {
        return fail(node.Mark(), "expected one to " + std::to_string(type.count_max) +
                                     " addresses, found " + std::to_string(node.size()));
    } else {
        for (const auto& item : node)
            add(item);
    }
    if (!addresses.empty()) type.value(record) = std::move(addresses);
}

std::optional<document_reader::scalar> document_reader::read_scalar(const YAML::Node& node,
                                                                    const field_type& type) {
    if (!node.IsScalar()) {
        fail(node.Mark(), "expected " + expectation(type) + ", found " + name_of(node));
        return std::nullopt;
    }
    expansion expanded = references_.expand(node.Scalar(), variables_);
    if (!expanded.error.empty()) {
        fail(node.Mark(), expanded.error);
        return std::nullopt;
    }
    if (std::any_of(expanded.text.begin(), expanded.text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; })) {
        fail(node.Mark(), "the value holds a control character or a line break");
        return std::nullopt;
    }
    scalar result;
    if (is_secret(type)) {
        result.shown = "the value";
    } else {
        result.shown = quoted(expanded.text);
        if (expanded.has_variable) {
            result.shown += " (from " + references_.unmask(node.Scalar()) + ")";
        }
    }
    result.text = std::move(expanded.text);
    return result;
}

std::string document_reader::check_address(const std::string& text, bool unix_allowed) const {
    const listen_address_result parsed = parse_listen_address(text);
    if (!parsed.error.empty()) return parsed.error;
    if (parsed.value.is_unix() && !unix_allowed) return "cannot be a Unix socket";
    return {};
}

std::string document_reader::check_file(const std::string& path) const {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return path + ": is a folder, not a file";
    if (::access(path.c_str(), R_OK) != 0) return path + ": " + std::strerror(errno);
    return {};
}

std::string document_reader::resolve_path(const std::string& path) const {
    const std::filesystem::path given(path);
    if (given.is_absolute()) return path;
    return (std::filesystem::path(file_).parent_path() / given).string();
}

void document_reader::unknown_key(const YAML::Mark& mark, const std::string& key,
                                  const std::string& path, std::span<const field> fields) {
    std::vector<std::string_view> known;
    for (const field& candidate : fields)
        known.push_back(candidate.key);
    std::string message = "unknown key " + quoted(key);
    if (!path.empty()) message += " in \"" + path + "\"";
    const std::string_view nearest = nearest_key(key, known);
    const std::string elsewhere = section_with(key);
    if (!nearest.empty()) {
        message += "; did you mean \"" + std::string(nearest) + "\"?";
    } else if (!elsewhere.empty()) {
        message += "; did you mean \"" + elsewhere + "\"?";
    } else {
        message += "; known keys are ";
        for (std::size_t i = 0; i < known.size(); ++i) {
            if (i != 0) message += ", ";
            message += known[i];
        }
    }
    fail(mark, std::move(message));
}

}  // namespace pgfold::config
