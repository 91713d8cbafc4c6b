// A part of the store under one mutex: keys to answers, bound in bytes.
//
// Which answers stay is S3-FIFO's decision (Yang et al., SOSP 2023): a new one comes into a small
// queue with a tenth of the memory, and only if it is asked for there, or again soon after it has
// left, does it get into the main one. So what is asked once, however much of it, pushes nothing
// out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>

#include "proxy/cache/cached_answer.hpp"
#include "proxy/cache/ghost_queue.hpp"

namespace pgfold::cache {

class answer_shard {
public:
    explicit answer_shard(std::size_t bytes_max);
    ~answer_shard();
    answer_shard(const answer_shard&) = delete;
    answer_shard& operator=(const answer_shard&) = delete;

    [[nodiscard]] answer_ptr find(const answer_key& key);
    // Takes the place of an older answer to the same. Returns how many had to go for it.
    std::size_t put(const answer_ptr& answer, const answer_key& key);
    // Only that very answer.
    bool remove(const cached_answer& answer);
    std::size_t remove_if(const std::function<bool(const cached_answer&)>& goes);
    void set_bytes_max(std::size_t bytes_max);

    [[nodiscard]] std::size_t bytes() const;
    [[nodiscard]] std::size_t entries() const;
    void visit(const std::function<void(const cached_answer&)>& look) const;

private:
    struct hash_of {
        [[nodiscard]] std::size_t operator()(const cached_answer& a) const { return a.hash().low; }
        [[nodiscard]] std::size_t operator()(const answer_key& key) const { return key.hash.low; }
    };
    struct same_key {
        [[nodiscard]] bool operator()(const answer_key& key, const cached_answer& a) const {
            return a.has_key(key);
        }
        [[nodiscard]] bool operator()(const cached_answer& a, const cached_answer& b) const {
            return a.hash() == b.hash() && a.key_view() == b.key_view();
        }
    };
    using queue = boost::intrusive::list<cached_answer, boost::intrusive::base_hook<queue_hook>,
                                         boost::intrusive::constant_time_size<true>>;
    using index = boost::intrusive::unordered_set<
        cached_answer, boost::intrusive::base_hook<bucket_hook>, boost::intrusive::hash<hash_of>,
        boost::intrusive::equal<same_key>, boost::intrusive::power_2_buckets<true>>;

    static constexpr std::uint8_t frequency_max = 3;
    static constexpr std::uint8_t frequency_to_stay = 2;
    static constexpr std::size_t buckets_min = 64;

    void enqueue(cached_answer& answer, bool in_main);
    void dequeue(cached_answer& answer);
    void let_go(cached_answer& answer);
    void make_room();
    void grow_index();

    mutable std::mutex mutex_;
    std::size_t bytes_max_;
    std::vector<index::bucket_type> buckets_;
    index index_;
    queue small_, main_;  // oldest first
    std::size_t small_bytes_ = 0, main_bytes_ = 0;
    ghost_queue ghosts_;
};

}  // namespace pgfold::cache
