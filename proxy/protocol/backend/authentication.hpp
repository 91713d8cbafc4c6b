// Authentication requests. Only the list of SASL mechanisms is ever looked into.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

enum class authentication_code : std::uint32_t {
    ok = 0,
    cleartext_password = 3,
    md5_password = 5,
    gss = 7,
    gss_continue = 8,
    sspi = 9,
    sasl = 10,
    sasl_continue = 11,
    sasl_final = 12,
};

struct authentication_view {
    authentication_code code = authentication_code::ok;
    std::vector<std::string_view> sasl_mechanisms;  // of code sasl, in the server's order
};

[[nodiscard]] std::optional<authentication_view> parse_authentication(byte_span body);

// A whole AuthenticationSASL message.
[[nodiscard]] std::vector<std::byte> build_authentication_sasl(
    const std::vector<std::string_view>& mechanisms);

}  // namespace pgfold::protocol
