// The name of a transaction prepared for two-phase commit, out of PREPARE TRANSACTION 'gid' and
// COMMIT or ROLLBACK PREPARED 'gid'.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pgfold::freshness {

// None unless the text has exactly one constant, plainly quoted; then nothing is known of the
// transaction, which is safe.
[[nodiscard]] std::optional<std::string> prepared_gid(std::string_view text);

}  // namespace pgfold::freshness
