// Describe and Close have one layout: what kind of object, and its name.
#pragma once

#include <optional>
#include <string_view>

#include "proxy/protocol/byte_reader.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::protocol {

struct describe_view {
    describe_target target = describe_target::statement;
    std::string_view name;
};

[[nodiscard]] inline std::optional<describe_view> parse_describe(byte_span body) {
    byte_reader reader(body);
    describe_view view;
    const auto target = reader.read_uint8();
    view.name = reader.read_string();
    if (!reader.complete() || (target != 'S' && target != 'P')) return std::nullopt;
    view.target = static_cast<describe_target>(target);
    return view;
}

}  // namespace pgfold::protocol
