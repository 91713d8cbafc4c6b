// ErrorResponse and NoticeResponse: fields, each a code byte and a string, ended by a zero byte.
#pragma once

#include <string_view>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

// The value of one field ('C' SQLSTATE, 'V' severity, 'M' message …); empty when absent.
[[nodiscard]] inline std::string_view error_field(byte_span body, char code) {
    byte_reader reader(body);
    while (reader.ok() && !reader.at_end()) {
        const auto field = static_cast<char>(reader.read_uint8());
        if (field == 0) break;
        const auto value = reader.read_string();
        if (reader.ok() && field == code) return value;
    }
    return {};
}

}  // namespace pgfold::protocol
