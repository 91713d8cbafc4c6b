#include "proxy/protocol/startup.hpp"

#include <gtest/gtest.h>

#include "proxy/protocol/backend/error_response.hpp"
#include "proxy/protocol/byte_reader.hpp"
#include "support/cpp/messages.hpp"

namespace pgfold::protocol {
namespace {

using namespace pgfold::test;

bytes packet(std::uint32_t length, std::uint32_t code, std::string_view rest = "") {
    bytes out;
    byte_writer(out).write_uint32(length).write_uint32(code).write_bytes(raw(rest));
    return out;
}

TEST(startup, built_packets_are_read_back) {
    startup_message message;
    message.version = protocol_3_2;
    message.parameters = {{"user", "app"}, {"database", "shop"}, {"options", ""}};
    const auto bytes = build_startup(message);
    const auto read = parse_startup(bytes);
    ASSERT_EQ(read.kind, startup_kind::startup);
    EXPECT_EQ(read.length, bytes.size());
    EXPECT_EQ(read.startup.version, protocol_3_2);
    EXPECT_EQ(read.startup.parameters, message.parameters);
    EXPECT_EQ(read.startup.parameter("database"), "shop");
    EXPECT_EQ(read.startup.parameter("nothing"), "");
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(parse_startup(std::span(bytes).first(size)).kind, startup_kind::need_more)
            << size;
}

TEST(startup, request_codes_are_told_apart) {
    EXPECT_EQ(parse_startup(build_ssl_request()).kind, startup_kind::ssl_request);
    EXPECT_EQ(parse_startup(packet(8, gssenc_request_code)).kind, startup_kind::gssenc_request);
    const auto cancel_bytes = build_cancel_request(4711, raw("secret-of-any-length"));
    const auto cancel = parse_startup(cancel_bytes);
    ASSERT_EQ(cancel.kind, startup_kind::cancel);
    EXPECT_EQ(cancel.cancel.process_id, 4711u);
    EXPECT_EQ(as_text(cancel.cancel.secret), "secret-of-any-length");
    EXPECT_EQ(parse_startup(raw("\x16\x03\x01")).kind, startup_kind::direct_tls);
}

TEST(startup, what_follows_the_packet_is_not_part_of_it) {
    const auto both = build_ssl_request() + raw("more");
    EXPECT_EQ(parse_startup(both).length, 8u);
}

TEST(startup, bad_packets_are_named) {
    const auto why = [](const bytes& b) {
        const auto read = parse_startup(b);
        return read.kind == startup_kind::malformed ? read.error : "accepted";
    };
    EXPECT_EQ(why(raw("GET / HTTP/1.1\r\n")),
              "this is a PostgreSQL port, but the client speaks HTTP");
    EXPECT_EQ(why(packet(7, protocol_3_0)), "invalid length of startup packet");
    EXPECT_EQ(why(packet(0, protocol_3_0)), "invalid length of startup packet");
    EXPECT_EQ(why(packet(10'001, protocol_3_0)), "invalid length of startup packet");
    EXPECT_EQ(why(packet(0xffff'ffff, protocol_3_0)), "invalid length of startup packet");
    EXPECT_EQ(why(packet(9, ssl_request_code, "x")),
              "invalid length of SSLRequest or GSSENCRequest");
    EXPECT_EQ(why(packet(12, cancel_request_code, "pid!")), "invalid length of cancel request");
    EXPECT_EQ(why(packet(8, 1234u << 16 | 9999)), "unknown request code in startup packet");
    EXPECT_EQ(why(packet(8, 2u << 16)),
              "unsupported frontend protocol 2.0: server supports 3.0 and later");
    EXPECT_EQ(why(packet(12, protocol_3_0, "user")),
              "invalid startup packet layout: expected terminator as last byte");
    EXPECT_EQ(why(packet(13, protocol_3_0, std::string("user\0", 5))),
              "invalid startup packet layout: a parameter has no value");
    EXPECT_EQ(why(packet(10, protocol_3_0, std::string("\0x", 2))),
              "invalid startup packet layout: expected terminator as last byte");
}

TEST(startup, a_packet_of_the_greatest_length_is_waited_for) {
    EXPECT_EQ(parse_startup(packet(startup_bytes_max, protocol_3_0)).kind, startup_kind::need_more);
}

TEST(startup, error_response_has_the_fields_that_libpq_shows) {
    const auto error = build_error_response({.sqlstate = "08006", .message = "m", .hint = "h"});
    const auto body = byte_span(error).subspan(5);
    EXPECT_EQ(error_field(body, 'V'), "FATAL");
    EXPECT_EQ(error_field(body, 'C'), "08006");
    EXPECT_EQ(error_field(body, 'D'), "");
    EXPECT_EQ(error_field(body, 'H'), "h");
    EXPECT_EQ(load_uint32(error.data() + 1), error.size() - 1);
}

}  // namespace
}  // namespace pgfold::protocol
