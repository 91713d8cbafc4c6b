// RowDescription: names, types and origin of a result's columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

struct field_description {
    std::string_view name;
    std::uint32_t table_oid = 0;        // 0: not a column of a table
    std::int16_t attribute_number = 0;  // 0 likewise
    std::uint32_t type_oid = 0;
    std::int16_t type_size = 0;  // negative: variable
    std::int32_t type_modifier = -1;
    std::int16_t format = 0;  // 0 text, 1 binary
};

// Flow: row_description_reader fields(body); while (auto f = fields.next()) …; check fields.ok().
class row_description_reader {
public:
    explicit row_description_reader(byte_span body) : reader_(body), left_(reader_.read_uint16()) {}

    [[nodiscard]] std::uint16_t fields_left() const { return left_; }
    // All fields were there, and nothing was left over.
    [[nodiscard]] bool ok() const { return left_ == 0 && reader_.complete(); }

    std::optional<field_description> next() {
        if (left_ == 0 || !reader_.ok()) return std::nullopt;
        field_description f;
        f.name = reader_.read_string();
        f.table_oid = reader_.read_uint32();
        f.attribute_number = reader_.read_int16();
        f.type_oid = reader_.read_uint32();
        f.type_size = reader_.read_int16();
        f.type_modifier = reader_.read_int32();
        f.format = reader_.read_int16();
        if (!reader_.ok()) return std::nullopt;
        --left_;
        return f;
    }

private:
    byte_reader reader_;
    std::uint16_t left_;
};

}  // namespace pgfold::protocol
