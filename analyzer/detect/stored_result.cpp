#include "analyzer/detect/stored_result.hpp"

#include <algorithm>

#include "analyzer/detect/type_oid.hpp"

namespace pgfold::detect {

bool result_record::can_feed(std::size_t column, value_kind kind) const {
    const result_column& type = rows.shape().columns()[column];
    switch (type.type_oid) {
        case type_oid::boolean:
        case type_oid::json:
        case type_oid::jsonb:
        case type_oid::xml:
        case type_oid::bytea:
        case type_oid::float4:
        case type_oid::float8:
            return false;
        case type_oid::int2:
        case type_oid::int4:
        case type_oid::int8:
        case type_oid::oid:
        case type_oid::numeric:
            return kind == value_kind::integer || kind == value_kind::other;
        case type_oid::uuid:
            return kind == value_kind::uuid;
        default:
            break;
    }
    // Text may spell anything; its first rows tell what it does spell.
    for (std::size_t row = 0; row < std::min<std::size_t>(rows.rows(), 4); ++row) {
        const value_kind found = rows.value(row, column).kind;
        if (found == kind) return true;
    }
    return rows.rows() == 0;
}

bool result_record::is_echo(const key_index& column) const {
    const std::uint64_t constant = column.constant();
    return constant != 0 && std::find(keys.begin(), keys.end(), constant) != keys.end();
}

key_index& stored_result::index(const column_tuple& columns) {
    for (auto& index : indexes_) {
        if (index->columns() == columns) {
            index->extend(record->rows);
            return *index;
        }
    }
    indexes_.push_back(std::make_unique<key_index>(columns));
    indexes_.back()->extend(record->rows);
    return *indexes_.back();
}

}  // namespace pgfold::detect
