#include "config/json_schema.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>
#include <utility>

#include "config/schema.hpp"

namespace pgfold::config {
namespace {

namespace json = boost::json;

constexpr std::string_view byte_size_pattern = "^[0-9]+(B|KiB|MiB|GiB)$";
constexpr std::string_view duration_pattern = R"(^[0-9]+(\.[0-9]+)? ?(ms|s|m|h)$)";
constexpr std::string_view reference_pattern =
    R"(\$\{([A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?|file:[^}]+)\})";

// Any of these, or ${NAME}, or nothing, which is the default.
template <class... Objects>
json::object one_of(Objects... values) {
    json::array any;
    (any.emplace_back(json::object(std::move(values))), ...);
    any.emplace_back(json::object({{"$ref", "#/definitions/variable"}}));
    any.emplace_back(json::object({{"type", "null"}}));
    json::object result;
    result["anyOf"] = std::move(any);
    return result;
}

json::object properties_of(std::span<const field> fields, const void* defaults);

// What a value looks like; `record` holds the default.
struct describer {
    const void* record;

    json::object operator()(const text_type&) const {
        // YAML takes some texts for numbers: a fingerprint of digits.
        return {{"type", {"string", "number", "null"}}};
    }
    json::object operator()(const file_type&) const { return {{"type", {"string", "null"}}}; }
    json::object operator()(const address_type&) const { return {{"type", {"string", "null"}}}; }
    json::object operator()(const address_list_type& list) const {
        return {{"type", {"string", "array", "null"}},
                {"items", {{"type", "string"}}},
                {"minItems", 1},
                {"maxItems", list.count_max}};
    }
    json::object operator()(const text_list_type& list) const {
        return {{"type", {"string", "array", "null"}},
                {"items", {{"type", {"string", "number"}}}},
                {"maxItems", list.count_max}};
    }
    json::object operator()(const integer_type& integer) const {
        const json::object number = {
            {"type", "integer"}, {"minimum", integer.min}, {"maximum", integer.max}};
        if (integer.word_for_zero.empty()) return one_of(number);
        return one_of(number, json::object({{"const", integer.word_for_zero}}));
    }
    json::object operator()(const byte_size_type& size) const {
        const json::object text = {{"type", "string"}, {"pattern", byte_size_pattern}};
        if (size.min > 0) return one_of(text);
        return one_of(text, json::object({{"const", 0}}));
    }
    json::object operator()(const duration_type& duration) const {
        const json::object text = {{"type", "string"}, {"pattern", duration_pattern}};
        if (duration.min.count() > 0) return one_of(text);
        return one_of(text, json::object({{"const", 0}}));
    }
    json::object operator()(const boolean_type&) const {
        return one_of(json::object({{"type", "boolean"}}),
                      json::object({{"enum", {"yes", "no", "on", "off"}}}));
    }
    json::object operator()(const choice_type& choice) const {
        json::object names;
        json::array values(choice.names.begin(), choice.names.end());
        // To readers of YAML 1.1 the words on and off are truth values.
        for (const auto& [word, truth] : {std::pair("on", true), std::pair("off", false)})
            if (std::find(choice.names.begin(), choice.names.end(), word) != choice.names.end())
                values.emplace_back(truth);
        names["enum"] = std::move(values);
        return one_of(std::move(names));
    }
    json::object operator()(const section_type& section) const {
        json::object described = properties_of(section.fields, record);
        described["type"] = {"object", "null"};
        return described;
    }
    json::object operator()(const record_list_type& list) const {
        json::object item = properties_of(list.fields, nullptr);
        item["type"] = "object";
        if (list.name != nullptr)
            return {{"type", {"object", "null"}},
                    {"additionalProperties", std::move(item)},
                    {"maxProperties", list.count_max}};
        return {
            {"type", {"array", "null"}}, {"items", std::move(item)}, {"maxItems", list.count_max}};
    }
};

// As the file would spell it; null where there is none to speak of.
json::value default_of(const field_type& type, const void* record) {
    if (record == nullptr || std::holds_alternative<section_type>(type) ||
        std::holds_alternative<record_list_type>(type)) {
        return nullptr;
    }
    const std::string spelled = spell(type, record);
    if (std::holds_alternative<boolean_type>(type)) return spelled == "true";
    const auto* integer = std::get_if<integer_type>(&type);
    if (integer != nullptr && spelled != integer->word_for_zero) return std::stoul(spelled);
    return spelled.empty() ? json::value(nullptr) : json::value(spelled);
}

json::object properties_of(std::span<const field> fields, const void* defaults) {
    json::object properties;
    for (const field& f : fields) {
        json::object described = std::visit(describer{defaults}, f.type);
        described["description"] = f.description;
        json::value value = default_of(f.type, defaults);
        if (!value.is_null()) described["default"] = std::move(value);
        properties[f.key] = std::move(described);
    }
    return {{"properties", std::move(properties)}, {"additionalProperties", false}};
}

// Boost.JSON writes everything on one line; a file that is committed is read, and compared.
void write_indented(const json::value& value, std::size_t depth, std::string& out) {
    const std::string indent(2 * depth + 2, ' ');
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        std::string_view separator = "{\n";
        for (const auto& [key, member] : *object) {
            out += separator;
            out += indent + json::serialize(key) + ": ";
            write_indented(member, depth + 1, out);
            separator = ",\n";
        }
        out += '\n' + indent.substr(2) + '}';
    } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
        std::string_view separator = "[";
        for (const json::value& item : *array) {
            out += separator;
            out += json::serialize(item);
            separator = ", ";
        }
        out += ']';
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string json_schema() {
    const settings defaults;
    json::object root = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                         {"title", "pgfold configuration"},
                         {"type", {"object", "null"}}};
    for (auto& [key, value] : properties_of(schema(), &defaults))
        root[key] = std::move(value);
    root["definitions"] = {
        {"variable",
         {{"type", "string"},
          {"pattern", reference_pattern},
          {"description", "${NAME} or ${NAME:-default}, from the environment, or ${file:PATH}"}}}};
    std::string out;
    write_indented(root, 0, out);
    return out + '\n';
}

}  // namespace pgfold::config
