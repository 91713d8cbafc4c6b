// Keyed one-to-one maps, for pseudonyms: different values stay different, however few there are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pgfold::capture {

using redaction_key = std::array<unsigned char, 16>;

// From the system's generator of random numbers: pseudonyms of two captures have nothing to do with
// each other.
[[nodiscard]] redaction_key make_redaction_key();

class permutation {
public:
    static constexpr std::uint64_t size_max = std::uint64_t{1} << 62;

    explicit permutation(const redaction_key& key) : key_(key) {}

    // One of `size` numbers (up to size_max), `index` < `size`. Maps of different families are
    // independent of each other.
    [[nodiscard]] std::uint64_t of(std::uint64_t index, std::uint64_t size,
                                   std::uint64_t family) const;

    // SipHash-2-4.
    [[nodiscard]] std::uint64_t hash(std::span<const std::byte> bytes) const;
    [[nodiscard]] std::uint64_t hash(std::uint64_t a, std::uint64_t b, std::uint64_t c) const;

private:
    redaction_key key_;
};

}  // namespace pgfold::capture
