// Text in HTML and in XML.
#pragma once

#include <string>
#include <string_view>

namespace pgfold::report {

// For elements and for quoted attributes. Control characters, which XML cannot hold at all, become
// U+FFFD, as does what is not UTF-8.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace pgfold::report
