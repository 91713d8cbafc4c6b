#include "analyzer/detect/key_index.hpp"

#include <algorithm>

namespace pgfold::detect {
namespace {

// Most results are a row or two, the answers inside of a loop: a table would cost more than it
// finds.
constexpr std::size_t values_without_table_max = 8;

}  // namespace

void key_index::extend(const row_block& rows) {
    for (; rows_taken_ < rows.rows(); ++rows_taken_) {
        std::uint64_t hash = 0;
        bool distinctive = false;
        bool null = columns_.size == 0;
        for (std::size_t i = 0; i < columns_.size && !null; ++i) {
            const canonical_value value = rows.value(rows_taken_, columns_.columns[i]);
            null = value.hash == 0;
            hash = i == 0 ? value.hash : combine_hashes(hash, value.hash);
            distinctive = distinctive || value.distinctive;
        }
        if (null) continue;
        ++values_;
        distinctive_ = distinctive_ && distinctive;
        if (find(hash) == absent) insert(hash);
    }
}

std::uint32_t key_index::find(std::uint64_t hash) const {
    if (slots_.empty()) {
        const auto at = std::find(hashes_.begin(), hashes_.end(), hash);
        return at == hashes_.end() ? absent : static_cast<std::uint32_t>(at - hashes_.begin());
    }
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash >> 7 & mask;; at = (at + 1) & mask) {
        const std::uint32_t slot = slots_[at];
        if (slot == 0) return absent;
        if (hashes_[slot - 1] == hash) return slot - 1;
    }
}

void key_index::insert(std::uint64_t hash) {
    if (hashes_.size() < values_without_table_max) {
        hashes_.push_back(hash);
        return;
    }
    if ((hashes_.size() + 1) * 2 > slots_.size()) grow();
    hashes_.push_back(hash);
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash >> 7 & mask;
    while (slots_[at] != 0)
        at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(hashes_.size());
}

void key_index::grow() {
    slots_.assign(slots_.empty() ? values_without_table_max * 4 : slots_.size() * 2, 0);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < hashes_.size(); ++i) {
        std::size_t at = hashes_[i] >> 7 & mask;
        while (slots_[at] != 0)
            at = (at + 1) & mask;
        slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
}

}  // namespace pgfold::detect
