// Quantities with units, as people write them in a configuration: 250ms, 1.5s, 16MiB.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgfold::config {

// ms, s, m, h; "0" needs no unit. At most 1,000,000 hours; nullopt for anything else.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// B, KiB, MiB, GiB (powers of 1024); "0" needs no unit. At most 1 EiB.
[[nodiscard]] std::optional<std::uint64_t> parse_byte_size(std::string_view text);

// The shortest form that parse_duration reads back: 250ms, 90s, 1h.
[[nodiscard]] std::string to_string(std::chrono::milliseconds duration);

struct byte_size {
    std::uint64_t bytes = 0;
};
// The shortest form that parse_byte_size reads back: 512KiB, 16MiB, 1000B.
[[nodiscard]] std::string to_string(byte_size size);

}  // namespace pgfold::config
