#include "proxy/fold/batch/key_type_name.hpp"

#include "analyzer/detect/type_oid.hpp"

namespace pgfold::fold {

std::string_view key_type_name(std::uint32_t type) {
    namespace type_oid = detect::type_oid;
    switch (type) {
        case type_oid::int2:
            return "int2";
        case type_oid::int4:
            return "int4";
        case type_oid::int8:
            return "int8";
        case type_oid::oid:
            return "oid";
        case type_oid::uuid:
            return "uuid";
        case type_oid::text:
            return "text";
        case type_oid::varchar:
            return "varchar";
        case type_oid::bpchar:
            return "bpchar";
        case type_oid::name:
            return "name";
        default:
            return {};
    }
}

std::string key_array_parameter(std::size_t number, std::uint32_t type) {
    return '$' + std::to_string(number) + "::pg_catalog." + std::string(key_type_name(type)) + "[]";
}

// unnest($1, $2) is grammar and only without a schema; this says the same.
std::string key_rows(std::span<const std::uint32_t> types) {
    std::string rows;
    for (std::size_t i = 0; i < types.size(); ++i)
        rows += (i == 0 ? "ROWS FROM (" : ", ") +
                ("pg_catalog.unnest(" + key_array_parameter(i + 1, types[i])) + ")";
    return rows + ")";
}

}  // namespace pgfold::fold
