// Parse: makes a prepared statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

struct parse_view {
    std::string_view statement_name;  // empty: the unnamed statement
    std::string_view query;
    byte_span parameter_types;  // 4 bytes each, big endian; 0 is unspecified

    [[nodiscard]] std::size_t parameter_type_count() const { return parameter_types.size() / 4; }
    [[nodiscard]] std::uint32_t parameter_type(std::size_t i) const {
        return load_uint32(parameter_types.data() + 4 * i);
    }
};

[[nodiscard]] inline std::optional<parse_view> parse_parse(byte_span body) {
    byte_reader reader(body);
    parse_view view;
    view.statement_name = reader.read_string();
    view.query = reader.read_string();
    const auto count = reader.read_uint16();
    view.parameter_types = reader.read_bytes(std::size_t{4} * count);
    if (!reader.complete()) return std::nullopt;
    return view;
}

}  // namespace pgfold::protocol
