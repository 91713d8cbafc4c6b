// A place in the server's write-ahead log, as PostgreSQL writes it: "16/B374D848".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pgfold::freshness {

using wal_position = std::uint64_t;

[[nodiscard]] std::optional<wal_position> parse_wal_position(std::string_view text);

}  // namespace pgfold::freshness
