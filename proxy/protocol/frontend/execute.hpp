// Execute: runs a portal.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

struct execute_view {
    std::string_view portal_name;
    std::uint32_t rows_max = 0;  // 0: no limit
};

[[nodiscard]] inline std::optional<execute_view> parse_execute(byte_span body) {
    byte_reader reader(body);
    execute_view view;
    view.portal_name = reader.read_string();
    view.rows_max = reader.read_uint32();
    if (!reader.complete()) return std::nullopt;
    return view;
}

}  // namespace pgfold::protocol
