#include "proxy/capture/permutation.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace pgfold::capture {
namespace {

constexpr unsigned rounds = 8;

std::uint64_t shorthash(const void* data, std::size_t bytes, const redaction_key& key) {
    std::array<unsigned char, crypto_shorthash_BYTES> out{};
    crypto_shorthash(out.data(), static_cast<const unsigned char*>(data), bytes, key.data());
    return std::bit_cast<std::uint64_t>(out);
}

}  // namespace

redaction_key make_redaction_key() {
    static_assert(std::tuple_size_v<redaction_key> == crypto_shorthash_KEYBYTES);
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialized");
    redaction_key key{};
    randombytes_buf(key.data(), key.size());
    return key;
}

std::uint64_t permutation::hash(std::span<const std::byte> bytes) const {
    return shorthash(bytes.data(), bytes.size(), key_);
}

std::uint64_t permutation::hash(std::uint64_t a, std::uint64_t b, std::uint64_t c) const {
    const std::array<std::uint64_t, 3> words = {a, b, c};
    return shorthash(words.data(), sizeof words, key_);
}

// A Feistel network over the next even number of bits; what falls outside goes through it again
// until it falls inside, which it does in a permutation.
std::uint64_t permutation::of(std::uint64_t index, std::uint64_t size, std::uint64_t family) const {
    if (size < 2) return index;
    const auto half = std::max(1U, (static_cast<unsigned>(std::bit_width(size - 1)) + 1) / 2);
    const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
    std::uint64_t value = index;
    do {
        std::uint64_t left = value >> half;
        std::uint64_t right = value & mask;
        for (unsigned i = 0; i < rounds; ++i) {
            const std::uint64_t mixed = left ^ (hash(right, i, family) & mask);
            left = right;
            right = mixed;
        }
        value = left << half | right;
    } while (value >= size);
    return value;
}

}  // namespace pgfold::capture
