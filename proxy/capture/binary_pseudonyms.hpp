// Values in binary format, by the OID of their type: the same pseudonyms as those of their text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "proxy/capture/pseudonyms.hpp"

namespace pgfold::capture {

// In place. A type that is not known, or 0, is told by its length; what does not fit its type is
// replaced as bytes.
void replace_binary(const pseudonyms& map, std::uint32_t type, std::span<std::byte> value);

}  // namespace pgfold::capture
