// One answer in memory: the DataRow messages as the server sent them, and what they rest on. Does
// not change once it is made, and lives as long as anybody holds it.
//
// Key and rows lie behind the object itself, in one allocation: what an entry costs besides them is
// sizeof(cached_answer), the allocator's share and a bucket.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <boost/intrusive/list_hook.hpp>
#include <boost/intrusive/unordered_set_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/cache/answer_key.hpp"
#include "proxy/cache/answer_origin.hpp"

namespace pgfold::cache {

// Boost.Intrusive's hooks: in which queue of its shard, and under which key.
using queue_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;
using bucket_hook = boost::intrusive::unordered_set_base_hook<
    boost::intrusive::link_mode<boost::intrusive::normal_link>>;

class cached_answer;
using answer_ptr = boost::intrusive_ptr<cached_answer>;

// What the server said, and how the tables stood before it was asked.
struct new_answer {
    origin_ptr origin;
    std::uint64_t stamp_sum = 0;  // freshness::stamp::sum; its tables are the origin's
    std::uint32_t rows = 0;
    std::span<const std::byte> row_bytes;  // DataRow messages, headers included
    detect::timestamp born;                // when the server was asked
};

class cached_answer : public queue_hook, public bucket_hook {
public:
    [[nodiscard]] static answer_ptr make(const answer_key& key, const new_answer& from);
    cached_answer(const cached_answer&) = delete;
    cached_answer& operator=(const cached_answer&) = delete;

    [[nodiscard]] const answer_origin& origin() const { return *origin_; }
    [[nodiscard]] std::uint32_t rows() const { return rows_; }
    [[nodiscard]] std::span<const std::byte> row_bytes() const {
        return {tail() + key_bytes_, row_bytes_};
    }
    [[nodiscard]] detect::timestamp born() const { return born_; }

    // No table that it rests on is being written, or has been written since the server was asked.
    [[nodiscard]] bool is_true() const {
        return freshness::database_versions::is_valid(*origin_->tables, stamp_sum_);
    }

    [[nodiscard]] bool has_key(const answer_key& key) const {
        return hash_ == key.hash && key_view() == key.bytes;
    }
    [[nodiscard]] const sql::hash128& hash() const { return hash_; }
    // Memory, as far as it can be told.
    [[nodiscard]] std::size_t size() const;

private:
    friend class answer_shard;  // queue and frequency, under its mutex
    friend void intrusive_ptr_add_ref(cached_answer* answer);
    friend void intrusive_ptr_release(cached_answer* answer);

    cached_answer(const answer_key& key, const new_answer& from);
    ~cached_answer() = default;
    [[nodiscard]] const std::byte* tail() const {
        return reinterpret_cast<const std::byte*>(this + 1);
    }
    [[nodiscard]] std::string_view key_view() const {
        return {reinterpret_cast<const char*>(tail()), key_bytes_};
    }

    std::atomic<std::uint32_t> references_{0};
    std::uint16_t key_bytes_;
    std::uint8_t frequency_ = 0;
    bool in_main_ = false;
    std::uint32_t rows_;
    std::uint32_t row_bytes_;
    sql::hash128 hash_;
    std::uint64_t stamp_sum_;
    detect::timestamp born_;
    origin_ptr origin_;
};

inline void intrusive_ptr_add_ref(cached_answer* answer) {
    answer->references_.fetch_add(1, std::memory_order_relaxed);
}
void intrusive_ptr_release(cached_answer* answer);

}  // namespace pgfold::cache
