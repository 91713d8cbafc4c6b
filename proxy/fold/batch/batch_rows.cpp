#include "proxy/fold/batch/batch_rows.hpp"

#include "analyzer/detect/type_oid.hpp"
#include "proxy/fold/batch/key_value.hpp"
#include "proxy/protocol/backend/data_row.hpp"
#include "proxy/protocol/backend/row_description.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::fold {
namespace {

namespace type_oid = detect::type_oid;
using protocol::byte_span;
using protocol::field_description;

bool same_field(const field_description& a, const field_description& b) {
    return a.name == b.name && a.table_oid == b.table_oid &&
           a.attribute_number == b.attribute_number && a.type_oid == b.type_oid &&
           a.type_size == b.type_size && a.type_modifier == b.type_modifier;
}

// A column that a key was compared with: what it holds must be equal to its canonical text only.
bool tells_keys_apart(std::uint32_t column, std::uint32_t key) {
    switch (column) {
        case type_oid::int2:
        case type_oid::int4:
        case type_oid::int8:
            return key == type_oid::int2 || key == type_oid::int4 || key == type_oid::int8;
        case type_oid::text:
        case type_oid::varchar:
            return key == type_oid::text || key == type_oid::varchar;
        case type_oid::oid:
        case type_oid::uuid:
            return key == column;
        default:
            return false;
    }
}

std::uint64_t big_endian(byte_span bytes) {
    std::uint64_t value = 0;
    for (const std::byte b : bytes)
        value = value << 8 | std::to_integer<std::uint64_t>(b);
    return value;
}

}  // namespace

bool same_description(const batch_query& query, byte_span child, byte_span batch) {
    protocol::row_description_reader child_fields(child);
    protocol::row_description_reader batch_fields(batch);
    const auto is_number = [&] {
        const auto field = batch_fields.next();
        return field && field->type_oid == type_oid::int8;
    };
    for (std::uint16_t i = 0; i < query.carried.before; ++i)
        if (!is_number()) return false;
    for (std::uint16_t i = 0; i < query.child_columns; ++i) {
        const auto a = child_fields.next();
        const auto b = batch_fields.next();
        if (!a || !b || !same_field(*a, *b)) return false;
    }
    for (std::uint16_t i = 0; i < query.carried.after; ++i) {
        if (query.strategy == batch_strategy::lateral) {
            if (!is_number()) return false;
            continue;
        }
        const auto field = batch_fields.next();
        if (!field || i >= query.key_types.size() ||
            !tells_keys_apart(field->type_oid, query.key_types[i]))
            return false;
    }
    return child_fields.ok() && batch_fields.ok();
}

row_splitter::row_splitter(const batch_query& query, byte_span batch_description)
    : strategy_(query.strategy), carried_(query.carried), child_columns_(query.child_columns) {
    if (strategy_ != batch_strategy::any) return;
    protocol::row_description_reader fields(batch_description);
    for (std::uint16_t i = 0; i < child_columns_; ++i)
        if (!fields.next()) return;
    while (const auto field = fields.next())
        key_types_.push_back(field->type_oid);
}

bool row_splitter::split(byte_span body, split_row& out) const {
    protocol::data_row_reader columns(body);
    if (columns.columns_left() != carried_.before + child_columns_ + carried_.after) return false;
    std::size_t begin = 2;  // the count of columns
    if (strategy_ == batch_strategy::lateral) {
        const auto number = columns.next();
        if (!number || number->bytes.size() != 8) return false;
        const std::uint64_t ordinal = big_endian(number->bytes);
        if (ordinal == 0) return false;
        out.number = ordinal - 1;
        begin += 4 + number->bytes.size();
    }
    std::size_t end = begin;
    for (std::uint16_t i = 0; i < child_columns_; ++i) {
        const auto value = columns.next();
        if (!value) return false;
        end += 4 + value->bytes.size();
    }
    if (strategy_ == batch_strategy::any) {
        out.key.resize(key_types_.size());
        for (std::size_t i = 0; i < key_types_.size(); ++i) {
            const auto value = columns.next();
            if (!value || value->is_null) return false;
            auto key = canonical_key(protocol::as_text(value->bytes), key_types_[i], true);
            if (!key) return false;
            out.key[i] = std::move(*key);
        }
    } else if (!columns.next()) {  // its place among the rows of its key
        return false;
    }
    out.columns = child_columns_;
    out.values = body.subspan(begin, end - begin);
    return columns.ok();
}

void append_row(std::vector<std::byte>& out, const split_row& row) {
    protocol::message_builder(out, protocol::backend_message::data_row)
        .write_uint16(row.columns)
        .write_bytes(row.values);
}

}  // namespace pgfold::fold
