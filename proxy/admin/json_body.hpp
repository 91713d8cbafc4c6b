// JSON that is always valid: SQL may come in any encoding, JSON only in UTF-8.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "proxy/admin/http_message.hpp"

namespace pgfold::admin {

[[nodiscard]] http_response json_response(const boost::json::object& body, unsigned status = 200);

// Every byte that is not part of a well-formed UTF-8 sequence becomes U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace pgfold::admin
