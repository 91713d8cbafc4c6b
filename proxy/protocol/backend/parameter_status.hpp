// ParameterStatus: a setting that the server reports.
#pragma once

#include <optional>
#include <string_view>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

struct parameter_status_view {
    std::string_view name;
    std::string_view value;
};

[[nodiscard]] inline std::optional<parameter_status_view> parse_parameter_status(byte_span body) {
    byte_reader reader(body);
    parameter_status_view view;
    view.name = reader.read_string();
    view.value = reader.read_string();
    if (!reader.complete()) return std::nullopt;
    return view;
}

}  // namespace pgfold::protocol
