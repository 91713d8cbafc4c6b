#include "proxy/protocol/backend/authentication.hpp"

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::protocol {

std::optional<authentication_view> parse_authentication(byte_span body) {
    byte_reader reader(body);
    authentication_view view;
    view.code = static_cast<authentication_code>(reader.read_uint32());
    if (view.code == authentication_code::sasl) {
        while (true) {
            const auto mechanism = reader.read_string();
            if (!reader.ok() || mechanism.empty()) break;
            view.sasl_mechanisms.push_back(mechanism);
        }
    }
    if (!reader.ok()) return std::nullopt;
    return view;
}

std::vector<std::byte> build_authentication_sasl(const std::vector<std::string_view>& mechanisms) {
    std::vector<std::byte> out;
    {
        message_builder builder(out, backend_message::authentication);
        builder.write_uint32(static_cast<std::uint32_t>(authentication_code::sasl));
        for (const auto mechanism : mechanisms)
            builder.write_string(mechanism);
        builder.write_uint8(0);
    }
    return out;
}

}  // namespace pgfold::protocol
