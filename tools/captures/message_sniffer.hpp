// Tells from the first bytes of a segment whether it is PostgreSQL's, for connections whose
// beginning is not in the capture. Right only at a message boundary, which is where most segments
// start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pgfold::captures {

enum class sniffed : std::uint8_t { unknown, frontend, backend, tls };

[[nodiscard]] sniffed sniff_messages(std::span<const std::byte> segment);

}  // namespace pgfold::captures
