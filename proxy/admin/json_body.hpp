// JSON that is always valid: SQL may come in any encoding, JSON only in UTF-8.
#pragma once

#include <boost/json/fwd.hpp>

#include "proxy/admin/http_message.hpp"

namespace pgfold::admin {

[[nodiscard]] http_response json_response(const boost::json::object& body, unsigned status = 200);

}  // namespace pgfold::admin
