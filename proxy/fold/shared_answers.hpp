// Answers that the batches of some sessions bring, for all sessions that would get the same from
// the server (session_pool.hpp). What one of them has asked for, no other asks for again.
//
// Flow:
//
//     claim(question, number, stamp, sent)  before the batch is sent; false: somebody else has
//     publish(question, number, answer)     … as its rows arrive
//     release(question, number)             … where there will be none
//     find(question, …)                     by whoever is asked; it is there, or on its way
//
// A question is all that an answer depends on but who asks (shared_question.hpp). Whoever finds it
// on its way is woken when it is there, and when it never will be. Safe to use from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/cache/flight_table.hpp"
#include "proxy/freshness/database_versions.hpp"

namespace pgfold::fold {

// Never changed once it is published.
struct shared_answer {
    std::uint32_t rows = 0;
    std::vector<std::byte> bytes;  // DataRow messages
    std::shared_ptr<const std::vector<std::byte>> row_description;
    std::shared_ptr<std::atomic<std::uint64_t>> used;  // answers of its loop that others have given
    mutable std::atomic<bool> given{false};            // by any session
};

class shared_answers {
public:
    static constexpr std::size_t questions_max = 16'384;  // at a time

    // `bytes_max`: of all answers together.
    explicit shared_answers(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    enum class state : std::uint8_t { absent, asked, there };
    struct found {
        state now = state::absent;
        std::uint64_t claim = 0;
        freshness::stamp stamp;  // before its batch was sent
        detect::timestamp sent;  // … which was then
        std::shared_ptr<const shared_answer> answer;
    };
    // Not those sent before `oldest`, nor those that a write has made old. `who` is woken if it is
    // on its way.
    [[nodiscard]] found find(const std::string& question, detect::timestamp oldest,
                             const std::shared_ptr<cache::waker>& who);

    [[nodiscard]] std::uint64_t next_claim() { return ++claims_; }
    [[nodiscard]] bool claim(const std::string& question, std::uint64_t number,
                             const freshness::stamp& stamp, detect::timestamp sent,
                             detect::timestamp oldest);
    void publish(const std::string& question, std::uint64_t number,
                 std::shared_ptr<const shared_answer> answer);
    void release(const std::string& question, std::uint64_t number);

    [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    static constexpr std::size_t shards = 16;
    using wakers = std::vector<std::shared_ptr<cache::waker>>;
    struct entry {
        std::uint64_t claim = 0;
        freshness::stamp stamp;
        detect::timestamp sent;
        std::shared_ptr<const shared_answer> answer;  // null: on its way
        wakers waiting;
    };
    struct shard {
        std::mutex mutex;
        std::unordered_map<std::string, entry> entries;
        // By age. What has been claimed anew stands here twice.
        std::deque<std::pair<std::uint64_t, std::string>> order;
    };

    [[nodiscard]] shard& shard_of(const std::string& question) {
        return shards_[std::hash<std::string>()(question) % shards];
    }
    void let_go(entry& old);
    void make_room(shard& in, detect::timestamp oldest, wakers& woken);

    const std::size_t bytes_max_;
    std::atomic<std::size_t> bytes_{0};
    std::atomic<std::uint64_t> claims_{0};
    std::array<shard, shards> shards_;
};

}  // namespace pgfold::fold
