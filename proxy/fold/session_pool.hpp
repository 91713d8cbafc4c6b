// Sessions that would get the same answers from the server: the same database, role and settings,
// on the same server. A client's pool may hand the lookups of one loop to any of them, so they fold
// it together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "analyzer/sql/hash128.hpp"
#include "proxy/fold/isolation_tracker.hpp"
#include "proxy/fold/lookup_log.hpp"
#include "proxy/fold/shared_answers.hpp"

namespace pgfold::fold {

struct session_pool {
    explicit session_pool(std::size_t bytes_max) : answers(bytes_max) {}

    shared_answers answers;
    lookup_log lookups;
    // What a transaction gets without a word: a setting, so it is the same for all of them.
    std::atomic<isolation_level> by_default{isolation_level::unknown};
    std::atomic<std::uint32_t> members{0};
};

class session_pools {
public:
    // `identity`: equal where all is that an answer depends on but the question.
    [[nodiscard]] std::shared_ptr<session_pool> of(const std::string& identity,
                                                   std::size_t bytes_max);

    // For the hashes in identities.
    [[nodiscard]] const sql::keyed_hash& hash() const { return hash_; }

private:
    const sql::keyed_hash hash_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::weak_ptr<session_pool>> pools_;
    std::size_t swept_at_ = 64;  // as many again, and those that have ended are let go
};

}  // namespace pgfold::fold
