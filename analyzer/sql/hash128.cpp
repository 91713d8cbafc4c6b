#include "analyzer/sql/hash128.hpp"

#include <random>

// Header-only: libpg_query.so exports XXH symbols of its own.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pgfold::sql {

struct keyed_hash::key {
    std::uint64_t seed;
    unsigned char secret[XXH3_SECRET_DEFAULT_SIZE];
};

namespace {
std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}
}  // namespace

keyed_hash::keyed_hash() : keyed_hash(random_seed()) {}

keyed_hash::keyed_hash(std::uint64_t seed) : key_(std::make_unique<key>()) {
    key_->seed = seed;
    XXH3_generateSecret_fromSeed(key_->secret, seed);
}

keyed_hash::~keyed_hash() = default;

hash128 keyed_hash::operator()(std::string_view bytes, std::uint64_t domain) const {
    // The seed counts for short inputs, the secret for long ones; `domain` must count for both.
    const XXH128_hash_t h = XXH3_128bits_withSecretandSeed(
        bytes.data(), bytes.size(), key_->secret, sizeof key_->secret, key_->seed + domain);
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    return {h.low64 ^ (domain * odd), h.high64 + domain};
}

}  // namespace pgfold::sql
