// Query: a simple query.
#pragma once

#include <optional>
#include <string_view>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

[[nodiscard]] inline std::optional<std::string_view> parse_query(byte_span body) {
    byte_reader reader(body);
    const auto text = reader.read_string();
    if (!reader.complete()) return std::nullopt;
    return text;
}

}  // namespace pgfold::protocol
