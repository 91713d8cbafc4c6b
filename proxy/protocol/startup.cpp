#include "proxy/protocol/startup.hpp"

#include "proxy/protocol/byte_reader.hpp"
#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::protocol {

namespace {

constexpr std::byte tls_handshake_record{0x16};
constexpr std::size_t cancel_secret_bytes_max = 256;  // protocol 3.2
constexpr std::uint32_t negotiate_code_high = 1234;   // major "version" of the request codes

startup_packet malformed(std::string why) {
    startup_packet packet;
    packet.kind = startup_kind::malformed;
    packet.error = std::move(why);
    return packet;
}

bool starts_like_http(byte_span bytes) {
    const auto text = as_text(bytes);
    for (const std::string_view method : {"GET ", "POST", "HEAD", "PUT ", "OPTI", "CONN"})
        if (text.substr(0, 4) == method) return true;
    return false;
}

startup_packet parse_parameters(startup_packet packet, byte_reader& reader) {
    while (true) {
        const auto name = reader.read_string();
        if (!reader.ok())
            return malformed("invalid startup packet layout: expected terminator as last byte");
        if (name.empty()) break;
        const auto value = reader.read_string();
        if (!reader.ok())
            return malformed("invalid startup packet layout: a parameter has no value");
        packet.startup.parameters.emplace_back(name, value);
    }
    if (!reader.at_end())
        return malformed("invalid startup packet layout: expected terminator as last byte");
    packet.kind = startup_kind::startup;
    return packet;
}

}  // namespace

std::string_view startup_message::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (key == name) return value;
    return {};
}

startup_packet parse_startup(std::span<const std::byte> bytes) {
    startup_packet packet;
    if (bytes.empty()) return packet;
    if (bytes[0] == tls_handshake_record) {
        packet.kind = startup_kind::direct_tls;
        return packet;
    }
    if (bytes.size() < 4) return packet;
    if (starts_like_http(bytes))
        return malformed("this is a PostgreSQL port, but the client speaks HTTP");
    const std::uint32_t length = load_uint32(bytes.data());
    if (length < 8 || length > startup_bytes_max)
        return malformed("invalid length of startup packet");
    if (bytes.size() < length) return packet;

    packet.length = length;
    byte_reader reader(bytes.subspan(4, length - 4));
    const std::uint32_t code = reader.read_uint32();
    switch (code) {
        case ssl_request_code:
        case gssenc_request_code:
            if (!reader.at_end()) return malformed("invalid length of SSLRequest or GSSENCRequest");
            packet.kind =
                code == ssl_request_code ? startup_kind::ssl_request : startup_kind::gssenc_request;
            return packet;
        case cancel_request_code:
            packet.cancel.process_id = reader.read_uint32();
            packet.cancel.secret = reader.read_rest();
            if (!reader.complete() || packet.cancel.secret.empty() ||
                packet.cancel.secret.size() > cancel_secret_bytes_max)
                return malformed("invalid length of cancel request");
            packet.kind = startup_kind::cancel;
            return packet;
        default:
            break;
    }
    if (code >> 16 == negotiate_code_high)
        return malformed("unknown request code in startup packet");
    if (code >> 16 != 3)  // the server would say the same, in FATAL 0A000
        return malformed("unsupported frontend protocol " + std::to_string(code >> 16) + "." +
                         std::to_string(code & 0xffff) + ": server supports 3.0 and later");
    packet.startup.version = code;
    return parse_parameters(std::move(packet), reader);
}

std::vector<std::byte> build_startup(const startup_message& message) {
    std::vector<std::byte> out;
    {
        message_builder builder(out);
        builder.write_uint32(message.version);
        for (const auto& [name, value] : message.parameters)
            builder.write_string(name).write_string(value);
        builder.write_uint8(0);
    }
    return out;
}

std::vector<std::byte> build_cancel_request(std::uint32_t process_id,
                                            std::span<const std::byte> secret) {
    std::vector<std::byte> out;
    message_builder(out)
        .write_uint32(cancel_request_code)
        .write_uint32(process_id)
        .write_bytes(secret);
    return out;
}

std::vector<std::byte> build_ssl_request() {
    std::vector<std::byte> out;
    message_builder(out).write_uint32(ssl_request_code);
    return out;
}

std::vector<std::byte> build_error_response(const error_fields& fields) {
    std::vector<std::byte> out;
    {
        message_builder builder(out, backend_message::error_response);
        const auto field = [&](char code, std::string_view value) {
            if (value.empty()) return;
            builder.write_uint8(static_cast<std::uint8_t>(code)).write_string(value);
        };
        field('S', fields.severity);
        field('V', fields.severity);
        field('C', fields.sqlstate);
        field('M', fields.message);
        field('D', fields.detail);
        field('H', fields.hint);
        builder.write_uint8(0);
    }
    return out;
}

}  // namespace pgfold::protocol
