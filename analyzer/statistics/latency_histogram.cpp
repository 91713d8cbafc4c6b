#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::statistics {
namespace {

constexpr unsigned sub_bits = 3;  // 8 buckets per power of two
constexpr std::uint64_t sub_count = 1 << sub_bits;

// 0…7 have a bucket each; from 8 on the three bits below the leading one choose among eight.
std::size_t bucket_of(std::uint64_t ns, std::size_t buckets) {
    if (ns < sub_count) return ns;
    const unsigned exponent = static_cast<unsigned>(std::bit_width(ns)) - 1;
    const std::uint64_t sub = (ns >> (exponent - sub_bits)) & (sub_count - 1);
    const std::size_t index = (exponent - sub_bits + 1) * sub_count + sub;
    return std::min(index, buckets - 1);
}

// The value whose relative distance to both ends of the bucket is equal: at most 1/17.
std::uint64_t value_of(std::size_t index) {
    if (index < sub_count) return index;
    const unsigned shift = static_cast<unsigned>(index / sub_count) - 1;
    const double low = static_cast<double>((sub_count + index % sub_count) << shift);
    const double high = low + static_cast<double>((std::uint64_t{1} << shift) - 1);
    return static_cast<std::uint64_t>(2 * low * high / (low + high));
}

void add_saturating(std::uint32_t& bucket, std::uint32_t n) {
    const std::uint32_t room = std::numeric_limits<std::uint32_t>::max() - bucket;
    bucket += std::min(room, n);
}

}  // namespace

void latency_histogram::record(std::uint64_t ns) {
    ++count_;
    total_ns_ += ns;
    max_ns_ = std::max(max_ns_, ns);
    add_saturating(buckets_[bucket_of(ns, buckets_max)], 1);
}

void latency_histogram::merge(const latency_histogram& other) {
    count_ += other.count_;
    total_ns_ += other.total_ns_;
    max_ns_ = std::max(max_ns_, other.max_ns_);
    for (std::size_t i = 0; i < buckets_max; ++i)
        add_saturating(buckets_[i], other.buckets_[i]);
}

std::uint64_t latency_histogram::quantile_ns(double q) const {
    if (count_ == 0) return 0;
    // The smallest value that at least q of all values do not exceed.
    const double exact = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
    const std::uint64_t rank =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact), 1, count_);
    if (rank == count_) return max_ns_;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_max; ++i) {
        seen += buckets_[i];
        if (seen < rank) continue;
        return i + 1 == buckets_max ? max_ns_ : std::min(value_of(i), max_ns_);
    }
    return max_ns_;
}

}  // namespace pgfold::statistics
