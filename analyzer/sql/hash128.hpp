// Keyed 128-bit hash (XXH3). The key is random per table, so that nobody outside can make two texts
// collide; hashes therefore never leave the process.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace pgfold::sql {

struct hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const hash128&, const hash128&) = default;
};

struct hash128_to_size {
    [[nodiscard]] std::size_t operator()(const hash128& h) const noexcept { return h.low; }
};

class keyed_hash {
public:
    keyed_hash();  // random key
    explicit keyed_hash(std::uint64_t seed);
    ~keyed_hash();
    keyed_hash(const keyed_hash&) = delete;
    keyed_hash& operator=(const keyed_hash&) = delete;

    // `domain` keeps the uses apart: equal bytes in two domains have unrelated hashes.
    [[nodiscard]] hash128 operator()(std::string_view bytes, std::uint64_t domain = 0) const;

private:
    struct key;
    std::unique_ptr<key> key_;
};

}  // namespace pgfold::sql
