// What has been learned about loops: the keys of this child come from that column of that parent.
// Shared by all sessions; kept by database. Each association keeps score, and one that does not pay
// is left alone for longer and longer.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/detect/key_index.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "proxy/fold/child_rewrites.hpp"
#include "proxy/fold/strategy_choice.hpp"

namespace pgfold::fold {

// Which columns of a parent's result feed which key comparisons of a child, in the same order.
struct key_feed {
    detect::column_tuple columns;
    std::array<std::uint8_t, detect::column_tuple::columns_max> keys{};  // into the child's `keys`
    friend bool operator==(const key_feed&, const key_feed&) = default;
};

// Counters are of all sessions together.
class association {
public:
    association(std::string database, sql::template_ptr parent, sql::template_ptr child,
                key_feed feed, std::vector<std::string> column_names);

    [[nodiscard]] const std::string& database() const { return database_; }
    [[nodiscard]] const sql::template_ptr& parent() const { return parent_; }
    [[nodiscard]] const sql::template_ptr& child() const { return child_; }
    [[nodiscard]] const key_feed& feed() const { return feed_; }
    [[nodiscard]] const std::vector<std::string>& column_names() const { return column_names_; }

    // May this loop be batched? Loops that are sat out count down to the next try.
    [[nodiscard]] bool wants_batch();
    // A loop that is sat out has gone on for so many lookups: a batch would have been of use. After
    // some of those in a row, more of them the worse the record, the next loop is not sat out.
    static constexpr std::uint32_t missed_lookups = 16;
    void record_missed();
    // One has ended before.
    void record_well_left() { missed_in_a_row_.store(0, std::memory_order_relaxed); }
    // Keys for the first batch of a loop, and for the one after a batch of that size. Never more
    // than the loop is likely to ask for while their answers may still be given.
    [[nodiscard]] std::size_t first_chunk(std::size_t keys_max,
                                          std::chrono::nanoseconds age_max) const;
    [[nodiscard]] std::size_t next_chunk(std::size_t last, std::size_t keys_max,
                                         std::chrono::nanoseconds age_max) const;
    // What one lookup takes the server, the way there and back left out.
    void record_cost(std::chrono::nanoseconds cost);
    // From one lookup of a loop to the next, while they are answered here.
    void record_pace(std::chrono::nanoseconds interval);

    // A loop is over: how many of the keys fetched for it were asked for.
    // `savepoints`: batches that needed one, which is as dear as a key.
    void record_loop(std::uint64_t fetched, std::uint64_t used, std::uint64_t savepoints = 0);
    void record_batch() { batches_.fetch_add(1, std::memory_order_relaxed); }
    void record_failure();
    // A lookup that would have been answered here, had its batch been sent.
    void record_observed() { observed_.fetch_add(1, std::memory_order_relaxed); }

    struct score {
        std::uint64_t loops, batches, failures, keys_fetched, keys_used;
        std::uint64_t observed;         // lookups that folding would have answered
        std::chrono::nanoseconds pace;  // from lookup to lookup; 0: not known
        std::uint32_t trust;            // good loops in a row, as far as they count
        std::uint32_t sitting_out;      // loops until the next try
    };
    [[nodiscard]] score current_score() const;
    // Its loops have paid off lately.
    [[nodiscard]] bool is_trusted() const { return trust_.load(std::memory_order_relaxed) > 0; }

    [[nodiscard]] rewrite_book& rewrites() { return rewrites_; }
    [[nodiscard]] const rewrite_book& rewrites() const { return rewrites_; }
    [[nodiscard]] strategy_choice& strategies() { return strategies_; }
    [[nodiscard]] const strategy_choice& strategies() const { return strategies_; }

    // What decides about the next loop, for as long as it is remembered (association_store.hpp).
    struct standing {
        std::uint32_t trust = 0, bad_in_a_row = 0, sitting_out = 0;
        std::chrono::nanoseconds pace{0}, cost{0};
    };
    [[nodiscard]] standing current_standing() const;
    void restore(const standing& before);

private:
    void distrust();
    [[nodiscard]] std::size_t within(std::size_t keys, std::chrono::nanoseconds age_max) const;

    std::string database_;
    sql::template_ptr parent_;
    sql::template_ptr child_;
    key_feed feed_;
    std::vector<std::string> column_names_;
    std::atomic<std::uint64_t> loops_{0}, batches_{0}, failures_{0}, fetched_{0}, used_{0},
        observed_{0};
    std::atomic<std::int64_t> pace_ns_{0};  // 0: not known yet
    std::atomic<std::int64_t> cost_ns_{0};  // likewise
    std::atomic<std::uint32_t> trust_{0};
    std::atomic<std::uint32_t> bad_in_a_row_{0};
    std::atomic<std::uint32_t> sitting_out_{0};
    std::atomic<std::uint32_t> missed_in_a_row_{0};
    rewrite_book rewrites_;
    strategy_choice strategies_;
};

using association_ptr = std::shared_ptr<association>;

class association_table {
public:
    static constexpr std::size_t associations_max = 10'000;
    static constexpr std::size_t per_child_max = 8;

    [[nodiscard]] std::vector<association_ptr> of_child(std::string_view database,
                                                        const sql::statement_template& child) const;
    // The one that is known already, or a new one; null when there is no room.
    [[nodiscard]] association_ptr learn(std::string_view database, const sql::template_ptr& parent,
                                        const sql::template_ptr& child, const key_feed& feed,
                                        std::vector<std::string> column_names);
    [[nodiscard]] std::vector<association_ptr> all() const;
    // Grows with each that is learned: what was not there at the same number still is not.
    [[nodiscard]] std::uint64_t learned() const { return learned_.load(std::memory_order_acquire); }

private:
    [[nodiscard]] static std::uint64_t key_of(std::string_view database,
                                              const sql::statement_template& child);

    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::vector<association_ptr>> by_child_;
    std::size_t size_ = 0;
    std::atomic<std::uint64_t> learned_{1};
};

}  // namespace pgfold::fold
