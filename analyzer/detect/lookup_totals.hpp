// Sums over a set of lookups.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/detect/lookup_record.hpp"

namespace pgfold::detect {

struct lookup_totals {
    std::uint64_t lookups = 0, distinct = 0, rows = 0, most_equal = 0;
    std::uint64_t local = 0;  // answered by pgfold itself
    std::chrono::nanoseconds duration{0};
    timestamp first, last;
    void add(const lookup_record& lookup);
    void add(const lookup_totals& other);
};

// Counts distinct arguments and the most frequent ones. Reorders `lookups`.
[[nodiscard]] lookup_totals total(std::vector<lookup_record>& lookups);

}  // namespace pgfold::detect
