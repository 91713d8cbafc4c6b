// Texts come from clients in whatever encoding they speak; JSON is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace pgfold::report {

// Every byte that is not part of a well-formed sequence (RFC 3629) becomes U+FFFD.
[[nodiscard]] std::string to_valid_utf8(std::string_view text);

}  // namespace pgfold::report
