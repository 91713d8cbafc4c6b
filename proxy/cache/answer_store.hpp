// Answers shared by all sessions of all threads.
//
// Flow, of a session that could use an answer from here:
//
//     make_key(question, store.hash(), key);
//     answer_ptr found = store.find(key);
//     if (found && found->is_true() && young enough) … it may be given
//     else if (found) store.remove(*found);
//     stamp = database_versions::capture(reads);        BEFORE the server is asked
//     flight_ticket ticket = store.flights().join(key.hash, my waker);
//     leads: look once more, ask the server, publish(key, …), drop the ticket
//     waits: until woken; then find() again, or ask
//
// The store knows nothing of what is right: an answer lies here for as long as there is room, and
// whoever takes it checks it. Batches of lookups use the same: publish() under the key that a
// client would ask with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "analyzer/sql/hash128.hpp"
#include "proxy/cache/answer_key.hpp"
#include "proxy/cache/answer_origin.hpp"
#include "proxy/cache/answer_shard.hpp"
#include "proxy/cache/cached_answer.hpp"
#include "proxy/cache/flight_table.hpp"

namespace pgfold::cache {

struct store_limits {
    std::size_t bytes = 256 << 20;
    std::size_t entry_bytes = 1 << 20;
};

class answer_store {
public:
    static constexpr std::size_t shards = 16;

    explicit answer_store(store_limits limits = {});
    answer_store(const answer_store&) = delete;
    answer_store& operator=(const answer_store&) = delete;

    [[nodiscard]] const sql::keyed_hash& hash() const { return hash_; }

    [[nodiscard]] answer_ptr find(const answer_key& key) { return shard_of(key.hash).find(key); }
    struct published {
        answer_ptr answer;        // null: too large
        std::size_t evicted = 0;  // by it
    };
    published publish(const answer_key& key, const new_answer& made);
    // Only that very answer: one that has taken its place stays.
    bool remove(const cached_answer& answer) { return shard_of(answer.hash()).remove(answer); }
    std::size_t remove_if(const std::function<bool(const cached_answer&)>& goes);

    [[nodiscard]] flight_table& flights(const sql::hash128& key) { return flights_[place_of(key)]; }
    [[nodiscard]] origin_table& origins() { return origins_; }

    void set_limits(store_limits limits);
    [[nodiscard]] std::size_t entry_bytes_max() const { return entry_bytes_.load(); }
    [[nodiscard]] std::size_t bytes() const;
    [[nodiscard]] std::size_t entries() const;
    void visit(const std::function<void(const cached_answer&)>& look) const;

private:
    [[nodiscard]] static std::size_t place_of(const sql::hash128& key) {
        return (key.low >> 56) % shards;
    }
    [[nodiscard]] answer_shard& shard_of(const sql::hash128& key) {
        return *shards_[place_of(key)];
    }

    const sql::keyed_hash hash_;
    std::atomic<std::size_t> entry_bytes_;
    origin_table origins_;
    std::array<std::unique_ptr<answer_shard>, shards> shards_;
    std::array<flight_table, shards> flights_;
};

}  // namespace pgfold::cache
