#include "config/document_reader.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "config/nearest_key.hpp"

namespace pgfold::config {
namespace {

constexpr std::size_t errors_max = 100;
constexpr std::size_t key_bytes_max = 60;

std::string name_of(const YAML::Node& node) {
    if (node.IsMap()) return "a mapping";
    if (node.IsSequence()) return "a list";
    return "nothing";
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

void document_reader::read(const YAML::Node& root, std::span<const field> fields, void* record) {
    root_ = fields;
    if (!root.IsDefined() || root.IsNull()) return;
    if (!root.IsMap()) {
        fail(root.Mark(), "expected a mapping of keys to values, found " +
                              (root.IsScalar() ? "a single value" : name_of(root)));
        return;
    }
    read_fields(root, fields, "", record);
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
    if (const auto* texts = std::get_if<text_list_type>(&type)) {
        return read_texts(node, *texts, record);
    }
    const auto value = read_scalar(node, type);
    if (!value) return;
    const std::string folder = std::filesystem::path(file_).parent_path().string();
    const std::string problem = set_value(type, *value, folder, record);
    if (problem.empty()) return;
    YAML::Mark place = node.Mark();
    const auto* text = std::get_if<text_type>(&type);
    // Where in the text, if it stands in the file as it is.
    if (text != nullptr && text->problem_at != nullptr && node.Scalar() == value->text) {
        const bool quoted = node.Tag() == "!";
        place.column += static_cast<int>(text->problem_at(value->text)) + (quoted ? 1 : 0);
    }
    fail(place, problem);
}

void document_reader::read_records(const YAML::Node& node, const record_list_type& type,
                                   const std::string& path, void* record) {
    if (type.name != nullptr) return read_named_records(node, type, path, record);
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
        if (!item.IsMap()) {
            fail(item.Mark(), "expected a mapping that is " + std::string(type.noun));
            continue;
        }
        const std::string item_path = path + "[" + std::to_string(index++) + "]";
        positions_[item_path] = references_.original_position(item.Mark().line, item.Mark().column);
        read_fields(item, type.fields, item_path, type.append(record));
    }
}

void document_reader::read_named_records(const YAML::Node& node, const record_list_type& type,
                                         const std::string& path, void* record) {
    if (!node.IsMap()) {
        return fail(node.Mark(), "expected a mapping of names for \"" + path + "\", found " +
                                     (node.IsScalar() ? "a single value" : name_of(node)));
    }
    if (node.size() > type.count_max) {
        return fail(node.Mark(), "\"" + path + "\" may hold at most " +
                                     std::to_string(type.count_max) + " items");
    }
    type.clear(record);
    std::map<std::string, bool> seen;
    for (const auto& entry : node) {
        const std::string name =
            entry.first.IsScalar() ? references_.unmask(entry.first.Scalar()) : std::string();
        if (name.empty()) {
            fail(entry.first.Mark(), "a name must be a single word");
        } else if (!seen.emplace(name, true).second) {
            fail(entry.first.Mark(), "duplicate name \"" + name + '"');
        } else if (!entry.second.IsMap()) {
            fail(entry.second.Mark(), "expected a mapping that is " + std::string(type.noun));
        } else {
            const std::string item_path = path + "." + name;
            positions_[item_path] =
                references_.original_position(entry.second.Mark().line, entry.second.Mark().column);
            void* const item = type.append(record);
            type.name(item) = name;
            read_fields(entry.second, type.fields, item_path, item);
        }
    }
}

void document_reader::read_texts(const YAML::Node& node, const text_list_type& type, void* record) {
    std::vector<std::string> texts;
    const auto add = [&](const YAML::Node& item) {
        const auto value = read_scalar(item, field_type(type));
        if (value && !value->text.empty()) texts.push_back(value->text);
    };
    if (!node.IsSequence()) {
        add(node);
    } else if (node.size() > type.count_max) {
        return fail(node.Mark(), "expected at most " + std::to_string(type.count_max) +
                                     " items, found " + std::to_string(node.size()));
    } else {
        for (const auto& item : node)
            add(item);
    }
    type.value(record) = std::move(texts);
}

void document_reader::read_addresses(const YAML::Node& node, const address_list_type& type,
                                     void* record) {
    std::vector<std::string> addresses;
    const auto add = [&](const YAML::Node& item) {
        const auto value = read_scalar(item, field_type(type));
        if (!value) return;
        const std::string problem = add_address(*value, addresses);
        if (!problem.empty()) fail(item.Mark(), problem);
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

std::optional<value_text> document_reader::read_scalar(const YAML::Node& node,
                                                       const field_type& type) {
    if (!node.IsScalar()) {
        fail(node.Mark(), "expected " + expectation(type) + ", found " + name_of(node));
        return std::nullopt;
    }
    const std::string folder = std::filesystem::path(file_).parent_path().string();
    expansion expanded = references_.expand(node.Scalar(), variables_, folder);
    files_.insert(files_.end(), expanded.files.begin(), expanded.files.end());
    if (!expanded.error.empty()) {
        fail(node.Mark(), expanded.error);
        return std::nullopt;
    }
    if (std::any_of(expanded.text.begin(), expanded.text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; })) {
        fail(node.Mark(), "the value holds a control character or a line break");
        return std::nullopt;
    }
    const std::string origin =
        expanded.has_variable ? references_.unmask(node.Scalar()) : std::string();
    return make_value_text(type, std::move(expanded.text), origin);
}

std::string document_reader::section_with(std::string_view key) const {
    for (const field& candidate : root_) {
        if (candidate.key == key) return std::string(key);
        const auto* section = std::get_if<section_type>(&candidate.type);
        if (section == nullptr) continue;
        for (const field& inner : section->fields) {
            if (inner.key == key) return std::string(candidate.key) + "." + std::string(key);
        }
    }
    return {};
}

void document_reader::unknown_key(const YAML::Mark& mark, const std::string& key,
                                  const std::string& path, std::span<const field> fields) {
    std::vector<std::string_view> known;
    for (const field& candidate : fields)
        known.push_back(candidate.key);
    std::string message = "unknown key \"" + key.substr(0, key_bytes_max) + '"';
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
