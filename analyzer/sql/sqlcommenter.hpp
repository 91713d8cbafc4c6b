// sqlcommenter tags: /*route='%2Fpolls',traceparent='00-…'*/ and the looser key:value forms of
// marginalia and Rails query logs (/*application:Shop,controller:orders*/).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgfold::sql {

using tag_list = std::vector<std::pair<std::string, std::string>>; // decoded, in order, at most 32

// `comment` with or without its delimiters. Keys and values longer than 512 bytes are cut.
[[nodiscard]] tag_list parse_tags(std::string_view comment);

} // namespace pgfold::sql
