// sqlcommenter tags: /*route='%2Fpolls',traceparent='00-…'*/ and the looser key:value forms of
// marginalia and Rails query logs (/*application:Shop,controller:orders*/), and key=value without
// quotes (/* traceparent=00-… */).
//
// pgfold's own directives are tags too: /*pgfold:ignore*/ and /*pgfold:off*/ have the key "pgfold"
// and the value "ignore" or "off".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgfold::sql {

using tag_list = std::vector<std::pair<std::string, std::string>>;  // decoded, in order, at most 32

inline constexpr std::size_t tags_max = 32;
inline constexpr std::size_t tag_bytes_max = 512;

// `comment` with or without its delimiters; several comments in a row are read one after the other.
// Keys and values longer than 512 bytes are cut.
[[nodiscard]] tag_list parse_tags(std::string_view comment);

// True if parse_tags would find a tag. Prose is no tag: "see: this" has a space after the colon.
[[nodiscard]] bool holds_tags(std::string_view comment);

enum class directive_use : std::uint8_t { none, beside_tags, alone };
// Whether pgfold's directives are among the tags of a comment, or all there is.
[[nodiscard]] directive_use find_directive(std::string_view comment);

}  // namespace pgfold::sql
