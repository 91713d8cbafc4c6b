#include "proxy/protocol/frontend/bind.hpp"

namespace pgfold::protocol {

std::optional<bind_view> parse_bind(byte_span body) {
    byte_reader reader(body);
    bind_view view;
    view.portal_name = reader.read_string();
    view.statement_name = reader.read_string();
    const auto format_count = reader.read_uint16();
    view.parameter_formats = format_codes(reader.read_bytes(std::size_t{2} * format_count));
    view.parameter_count = reader.read_uint16();
    const auto values_at = reader.position();
    for (std::uint16_t i = 0; i < view.parameter_count && reader.ok(); ++i) {
        const auto length = reader.read_int32();
        if (length > 0) reader.read_bytes(static_cast<std::size_t>(length));
    }
    if (!reader.ok()) return std::nullopt;
    view.parameter_values = body.subspan(values_at, reader.position() - values_at);
    const auto result_count = reader.read_uint16();
    view.result_formats = format_codes(reader.read_bytes(std::size_t{2} * result_count));
    if (!reader.complete()) return std::nullopt;
    return view;
}

}  // namespace pgfold::protocol
