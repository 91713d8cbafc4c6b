// Calls, times and sizes by (template, database, user, route). One shard per thread, merged on
// demand: recording takes a lock that nobody contends but the reader, who holds it for
// microseconds.
//
// Flow, on the thread that owns the shard:
//
//     const auto where = shard.dimension(database, user, route);   // again when one of them
//     changes shard.record(statement, where, duration_ns, rows, bytes, error);   // for every
//     statement
//
// Bounded: a full shard makes room by moving what has not been used for longest (by CLOCK, so
// about) into the sum of "other", which merge() shows as a row without a statement.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::statistics {

// Log-linear histogram of nanoseconds: 8 buckets per power of two, relative error at most 6 %.
class latency_histogram {
public:
    void record(std::uint64_t ns);
    void merge(const latency_histogram& other);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t total_ns() const { return total_ns_; }
    [[nodiscard]] std::uint64_t max_ns() const { return max_ns_; }
    [[nodiscard]] std::uint64_t quantile_ns(double q) const;  // q in 0…1

private:
    // Up to 2^42 ns, 73 minutes; what is longer counts in the last bucket, and max_ns is exact.
    static constexpr std::size_t buckets_max = 8 * 40;
    std::uint64_t count_ = 0, total_ns_ = 0, max_ns_ = 0;
    std::array<std::uint32_t, buckets_max> buckets_{};
};

struct statement_key {
    sql::template_ptr statement;
    std::string database, user, route;  // route: the sqlcommenter tag, may be empty
};

struct statement_row {
    statement_key key;
    latency_histogram latency;
    std::uint64_t rows = 0, bytes = 0, errors = 0;
};

// What was done for requests that name themselves (traceparent, request_id).
struct request_row {
    std::string database, user, route;
    std::uint64_t requests = 0;
    std::uint64_t queries = 0;  // of the same triple
};

// Names a (database, user, route) triple of the shard, so that recording compares no strings.
using dimension_id = std::uint32_t;

class statistics_shard {
public:
    explicit statistics_shard(std::size_t statements_max = 5000,
                              std::size_t dimensions_max = 10'000);
    ~statistics_shard();
    statistics_shard(const statistics_shard&) = delete;
    statistics_shard& operator=(const statistics_shard&) = delete;

    // Past the bound a triple loses its route, and past that all its names.
    [[nodiscard]] dimension_id dimension(std::string_view database, std::string_view user,
                                         std::string_view route);
    void record(const sql::template_ptr& statement, dimension_id where, std::uint64_t duration_ns,
                std::uint64_t rows, std::uint64_t bytes, bool error);
    void count_request(dimension_id where);                   // a request has begun
    void merge_into(std::vector<statement_row>& rows) const;  // any thread
    void merge_into(std::vector<request_row>& rows) const;    // any thread

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

// Merges equal keys; sorted by total time, largest first. What did not fit into the shards is
// summed in one row whose statement is null ("other").
[[nodiscard]] std::vector<statement_row> merge(const std::vector<const statistics_shard*>& shards);

// By triple; those without a request are left out.
[[nodiscard]] std::vector<request_row> merge_requests(
    const std::vector<const statistics_shard*>& shards);

}  // namespace pgfold::statistics
