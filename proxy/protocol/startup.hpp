// The untyped first packet of a frontend. PostgreSQL manual, "Message Flow", "Start-up".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgfold::protocol {

inline constexpr std::uint32_t protocol_3_0 = 0x0003'0000;
inline constexpr std::uint32_t protocol_3_2 = 0x0003'0002;
inline constexpr std::uint32_t cancel_request_code = 80877102;
inline constexpr std::uint32_t ssl_request_code = 80877103;
inline constexpr std::uint32_t gssenc_request_code = 80877104;
inline constexpr std::size_t startup_bytes_max = 10'000;  // MAX_STARTUP_PACKET_LENGTH in postgres

struct startup_message {
    std::uint32_t version = protocol_3_0;
    std::vector<std::pair<std::string, std::string>> parameters;            // in order
    [[nodiscard]] std::string_view parameter(std::string_view name) const;  // empty when absent
};

struct cancel_request {
    std::uint32_t process_id = 0;
    std::span<const std::byte> secret;  // into the packet
};

enum class startup_kind : std::uint8_t {
    need_more,  // the packet is not complete yet
    ssl_request,
    gssenc_request,
    cancel,
    startup,
    direct_tls,  // first byte is 0x16: a TLS ClientHello without SSLRequest (PostgreSQL 17)
    malformed,   // `error` says why
};

struct startup_packet {
    startup_kind kind = startup_kind::need_more;
    std::size_t length = 0;  // bytes that the packet takes, once complete
    startup_message startup;
    cancel_request cancel;
    std::string error;
};

// Looks at the start of `bytes`; consumes nothing.
[[nodiscard]] startup_packet parse_startup(std::span<const std::byte> bytes);

[[nodiscard]] std::vector<std::byte> build_startup(const startup_message& message);
[[nodiscard]] std::vector<std::byte> build_cancel_request(std::uint32_t process_id,
                                                          std::span<const std::byte> secret);
[[nodiscard]] std::vector<std::byte> build_ssl_request();

// ErrorResponse as PostgreSQL lays it out: S, V, C, M and, where not empty, D and H.
struct error_fields {
    std::string_view severity = "FATAL";
    std::string_view sqlstate;
    std::string_view message;
    std::string_view detail;
    std::string_view hint;
};
[[nodiscard]] std::vector<std::byte> build_error_response(const error_fields& fields);

}  // namespace pgfold::protocol
