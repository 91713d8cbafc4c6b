// What the answers to one statement have in common: one for all of them, so that an answer itself
// stays small.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyzer/sql/hash128.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "proxy/freshness/database_versions.hpp"

namespace pgfold::cache {

struct answer_origin {
    sql::template_ptr statement;
    freshness::read_set_ptr tables;  // what the answers depend on
    mutable std::atomic<std::uint64_t> hits{0};
    std::vector<std::byte> row_description;  // body, formats as asked for; empty: was not told
};
using origin_ptr = std::shared_ptr<const answer_origin>;

// Finds the origin that others have made already. Safe to use from any thread.
class origin_table {
public:
    [[nodiscard]] origin_ptr of(const sql::template_ptr& statement,
                                const freshness::read_set_ptr& tables,
                                std::span<const std::byte> row_description);

private:
    static constexpr std::size_t sweep_at = 1024;
    const sql::keyed_hash hash_;
    std::mutex mutex_;
    std::unordered_map<sql::hash128, std::weak_ptr<const answer_origin>, sql::hash128_to_size>
        known_;
    std::size_t sweep_size_ = sweep_at;
};

}  // namespace pgfold::cache
