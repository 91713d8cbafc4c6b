// Bind: makes a portal from a prepared statement and values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

// Format codes as Bind writes them: none (all text), one for all, or one each.
class format_codes {
public:
    format_codes() = default;
    explicit format_codes(byte_span codes) : codes_(codes) {}

    [[nodiscard]] std::size_t size() const { return codes_.size() / 2; }
    [[nodiscard]] std::int16_t raw(std::size_t i) const {
        return static_cast<std::int16_t>(load_uint16(codes_.data() + 2 * i));
    }
    [[nodiscard]] std::int16_t of(std::size_t column) const {
        if (size() == 0) return 0;
        if (size() == 1) return raw(0);
        return column < size() ? raw(column) : std::int16_t{0};
    }

private:
    byte_span codes_;
};

struct bind_view {
    std::string_view portal_name;
    std::string_view statement_name;
    format_codes parameter_formats;
    std::uint16_t parameter_count = 0;
    byte_span parameter_values;  // Int32 length (-1: NULL) and that many bytes, each
    format_codes result_formats;
};

// Walks parameter_values. The view has been validated, so no read can fail.
class parameter_cursor {
public:
    explicit parameter_cursor(const bind_view& view) : reader_(view.parameter_values) {}
    struct value {
        byte_span bytes;
        bool is_null = false;
    };
    value next() {
        const auto length = reader_.read_int32();
        if (length < 0) return {{}, true};
        return {reader_.read_bytes(static_cast<std::size_t>(length)), false};
    }

private:
    byte_reader reader_;
};

[[nodiscard]] std::optional<bind_view> parse_bind(byte_span body);

}  // namespace pgfold::protocol
