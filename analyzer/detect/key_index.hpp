// The distinct values of one column (or of several as a tuple) of one result, in the order of their
// first row, with a hash table from value to place in that order. NULLs have no place.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "analyzer/detect/row_block.hpp"

namespace pgfold::detect {

// Result columns that feed the keys of a lookup, one per key that varies.
struct column_tuple {
    static constexpr std::size_t columns_max = 4;
    std::array<std::uint16_t, columns_max> columns{};
    std::uint8_t size = 0;
    friend bool operator==(const column_tuple&, const column_tuple&) = default;
};

class key_index {
public:
    static constexpr std::uint32_t absent = 0xffffffff;

    explicit key_index(column_tuple columns) : columns_(columns) {}

    // Takes in the rows that have arrived since the last call.
    void extend(const row_block& rows);

    [[nodiscard]] std::uint32_t find(std::uint64_t hash) const;
    [[nodiscard]] const column_tuple& columns() const { return columns_; }
    [[nodiscard]] std::uint32_t distinct() const {
        return static_cast<std::uint32_t>(hashes_.size());
    }
    [[nodiscard]] std::uint32_t values() const { return values_; }  // rows that are not NULL
    [[nodiscard]] bool distinctive() const { return values_ > 0 && distinctive_; }
    // Every row holds this one value; 0 when there are several or none.
    [[nodiscard]] std::uint64_t constant() const { return hashes_.size() == 1 ? hashes_[0] : 0; }

private:
    void insert(std::uint64_t hash);
    void grow();

    column_tuple columns_;
    std::vector<std::uint64_t> hashes_;
    std::vector<std::uint32_t>
        slots_;  // place + 1, 0 is free; size a power of two; empty for a few
    std::uint32_t rows_taken_ = 0;
    std::uint32_t values_ = 0;
    bool distinctive_ = true;
};

}  // namespace pgfold::detect
