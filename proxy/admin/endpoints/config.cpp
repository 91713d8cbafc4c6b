#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>

#include "config/schema.hpp"
#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/json_values.hpp"

namespace pgfold::admin {
namespace {

using config::field;

boost::json::object fields_to_json(std::span<const field> fields, void* record);

boost::json::value to_json(const field& key, void* record) {
    if (const auto* section = std::get_if<config::section_type>(&key.type)) {
        return fields_to_json(section->fields, record);
    }
    if (const auto* list = std::get_if<config::record_list_type>(&key.type)) {
        boost::json::object named;
        boost::json::array items;
        for (std::size_t i = 0; void* const item = list->at(record, i); ++i) {
            if (list->name != nullptr) {
                named[list->name(item)] = fields_to_json(list->fields, item);
                continue;
            }
            items.emplace_back(fields_to_json(list->fields, item));
        }
        if (list->name != nullptr) return named;
        return items;
    }
    if (const auto* texts = std::get_if<config::text_list_type>(&key.type)) {
        return to_array(texts->value(record));
    }
    if (const auto* addresses = std::get_if<config::address_list_type>(&key.type)) {
        return to_array(addresses->value(record));
    }
    if (const auto* integer = std::get_if<config::integer_type>(&key.type)) {
        const std::uint32_t value = integer->value(record);
        if (value != 0 || integer->word_for_zero.empty()) return value;
    }
    if (const auto* boolean = std::get_if<config::boolean_type>(&key.type)) {
        return boolean->value(record);
    }
    return text_or_null(config::spell_masked(key.type, record));
}

boost::json::object fields_to_json(std::span<const field> fields, void* record) {
    boost::json::object out;
    for (const field& key : fields)
        out[key.key] = to_json(key, record);
    return out;
}

}  // namespace

http_response get_config(const endpoint_call& call) {
    if (!call.context.settings) return error_response(501, "not available in this process");
    config::settings copy = *call.context.settings();  // the table's accessors want it mutable
    boost::json::object body;
    body["config"] = fields_to_json(config::schema(), &copy);
    return json_response(body);
}

}  // namespace pgfold::admin
