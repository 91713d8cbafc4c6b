// DataRow: one row's values, each with its length.
#pragma once

#include <cstdint>
#include <optional>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

struct column_value {
    byte_span bytes;
    bool is_null = false;
};

// Flow: data_row_reader columns(body); while (auto c = columns.next()) …; check columns.ok().
class data_row_reader {
public:
    explicit data_row_reader(byte_span body) : reader_(body), left_(reader_.read_uint16()) {}

    [[nodiscard]] std::uint16_t columns_left() const { return left_; }
    [[nodiscard]] bool ok() const { return left_ == 0 && reader_.complete(); }

    std::optional<column_value> next() {
        if (left_ == 0 || !reader_.ok()) return std::nullopt;
        const auto length = reader_.read_int32();
        column_value value;
        if (length < 0)
            value.is_null = true;
        else
            value.bytes = reader_.read_bytes(static_cast<std::size_t>(length));
        if (!reader_.ok()) return std::nullopt;
        --left_;
        return value;
    }

private:
    byte_reader reader_;
    std::uint16_t left_;
};

}  // namespace pgfold::protocol
