// Who may ask what. Findings and statements show SQL, and the POST endpoints act, so a web page
// that a developer happens to visit must reach neither through the developer's browser.
//
// - `open`: metrics and health. Hold no SQL; anybody may read.
// - `read`: whoever can connect. Over loopback the Host field must be an address or localhost,
//   since a name may be one that an attacker's DNS rebinds to 127.0.0.1.
// - `control`: with the token from anywhere; without it only over loopback, not through a reverse
//   proxy, with such a Host, and not from a page of another origin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/admin/http_message.hpp"

namespace pgfold::admin {

enum class access : std::uint8_t { open, read, control };

// The refusal, or nothing when the request may pass. `token` is the configured one, maybe empty.
[[nodiscard]] std::optional<http_response> refusal(const http_request& request, access wanted,
                                                   std::string_view token);

// Takes a time that depends on the lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

// Whether a Host field names an address or localhost, which no DNS answer can redirect.
[[nodiscard]] bool is_rebinding_safe_host(std::string_view host);

}  // namespace pgfold::admin
