// What comments say about a statement: which request it belongs to, and whether to ignore it.
#pragma once

#include <cstdint>
#include <string_view>

namespace pgfold::detect {

// The tag that a client gives its session: the running test, a job.
inline constexpr std::string_view session_tag_key = "pgfold.tag";

// Statements of one request share it, statements of others do not; 0 when the comment names no
// request. Read from traceparent (its trace id), else request_id, and from the session's tag.
[[nodiscard]] std::uint64_t request_hash(std::string_view tag_comment);

// The directive is pgfold:ignore, perhaps with a reason behind it.
[[nodiscard]] bool is_ignored(std::string_view directive);

// The cursor that a DECLARE, FETCH or CLOSE names, without quotes; empty when it cannot be told.
[[nodiscard]] std::string_view cursor_name(std::string_view normalized_text);

}  // namespace pgfold::detect
