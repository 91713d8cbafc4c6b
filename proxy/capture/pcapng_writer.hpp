// The blocks of a pcapng file (draft-ietf-opsawg-pcapng) that a capture needs: one section, one
// Ethernet interface with times in nanoseconds, packets with comments.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::capture {

using detect::timestamp;

// Appends to `out`.
void write_section(std::vector<std::byte>& out, std::string_view application);

// `head` and `payload` are one packet; an empty comment is left out.
void write_packet(std::vector<std::byte>& out, timestamp at, std::span<const std::byte> head,
                  std::span<const std::byte> payload, std::string_view comment);

}  // namespace pgfold::capture
