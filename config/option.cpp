#include "config/option.hpp"

#include <algorithm>
#include <vector>

#include "config/schema.hpp"
#include "config/value_setter.hpp"

namespace pgfold::config {
namespace {

const field* find_field(std::string_view path) {
    std::span<const field> fields = schema();
    for (;;) {
        const std::size_t dot = path.find('.');
        const std::string_view key = path.substr(0, dot);
        const auto found = std::find_if(fields.begin(), fields.end(), [&](const field& candidate) {
            return candidate.key == key;
        });
        if (found == fields.end()) return nullptr;
        if (dot == std::string_view::npos) return &*found;
        const auto* section = std::get_if<section_type>(&found->type);
        if (section == nullptr) return nullptr;
        fields = section->fields;
        path.remove_prefix(dot + 1);
    }
}

}  // namespace

std::string set_option(settings& target, std::string_view path,
                       std::span<const std::string> values) {
    const field* const found = find_field(path);
    if (found == nullptr) return "no such key: " + std::string(path);
    if (const auto* list = std::get_if<address_list_type>(&found->type)) {
        std::vector<std::string> addresses;
        for (const std::string& value : values) {
            std::string problem = add_address(make_value_text(found->type, value, ""), addresses);
            if (!problem.empty()) return problem;
        }
        if (addresses.size() > list->count_max) return "too many addresses";
        list->value(&target) = std::move(addresses);
        return {};
    }
    if (values.size() != 1) return "needs exactly one value";
    return set_value(found->type, make_value_text(found->type, values.front(), ""), "", &target);
}

}  // namespace pgfold::config
