// Keys that have been let go not long ago: S3-FIFO's third queue. Four bytes of each hash and when
// it went, in a table of fixed size; a key whose place another has taken is forgotten early, which
// costs a hit and nothing else.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "analyzer/sql/hash128.hpp"

namespace pgfold::cache {

class ghost_queue {
public:
    explicit ghost_queue(std::size_t places) : places_(std::bit_ceil(places)) {}

    // `remembered`: as many of the latest count.
    [[nodiscard]] bool contains(const sql::hash128& key, std::size_t remembered) const {
        const place& p = at(key);
        return p.mark == mark_of(key) && p.time != 0 && now_ - p.time < remembered;
    }
    void add(const sql::hash128& key) { at(key) = {mark_of(key), ++now_}; }

    [[nodiscard]] std::size_t bytes() const { return places_.size() * sizeof(place); }

private:
    struct place {
        std::uint32_t mark = 0;
        std::uint32_t time = 0;  // 0: free; wraps, and then one key is taken for a newer one
    };
    [[nodiscard]] static std::uint32_t mark_of(const sql::hash128& key) {
        return static_cast<std::uint32_t>(key.high >> 32);
    }
    [[nodiscard]] place& at(const sql::hash128& key) {
        return places_[static_cast<std::uint32_t>(key.high) & (places_.size() - 1)];
    }
    [[nodiscard]] const place& at(const sql::hash128& key) const {
        return places_[static_cast<std::uint32_t>(key.high) & (places_.size() - 1)];
    }

    std::vector<place> places_;
    std::uint32_t now_ = 0;
};

}  // namespace pgfold::cache
