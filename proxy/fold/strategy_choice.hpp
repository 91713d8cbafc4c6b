// How the batches of one loop are asked, chosen by what they have cost the server.
//
// pipeline is the lookup itself: same plan, nothing to prove. A rewrite is one statement, and often
// cheaper, but the planner knows less of its keys: on a skewed column it can be a hundred times
// slower. So with `automatic` a rewrite is tried with few keys once pipelines have been measured,
// stays as long as it is the cheaper one, and is left alone for longer each time that it is not.
//
// Counters are of all sessions together. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/fold/batch/batch_query.hpp"
#include "proxy/fold/fold_settings.hpp"

namespace pgfold::fold {

// Which rewrites a child has.
struct strategy_offer {
    bool any = false;
    bool lateral = false;
};

class strategy_choice {
public:
    struct batch {
        batch_strategy strategy = batch_strategy::pipeline;
        std::size_t keys_max = 0;  // of this batch
    };
    [[nodiscard]] batch next(fold_strategy wanted, const strategy_offer& offer,
                             std::size_t keys_max);

    // What a batch took the server: the way there and back left out.
    void record(batch_strategy strategy, std::size_t keys, std::chrono::nanoseconds took);
    // The server refused it, or its rows could not be told apart.
    void record_failure(batch_strategy strategy, std::string reason);

    struct cost {
        std::uint64_t batches = 0, failures = 0;
        std::chrono::nanoseconds per_key{0};  // median of the latest; 0: not known
        std::string last_failure;
    };
    struct report {
        batch_strategy latest = batch_strategy::pipeline;  // that brought something
        std::array<cost, static_cast<std::size_t>(batch_strategy::count_)> costs;
    };
    [[nodiscard]] report current() const;

    // What decides about the next batches, for as long as it is remembered (association_store.hpp).
    struct standing {
        struct one {
            std::uint64_t batches = 0;
            std::chrono::nanoseconds per_key{0};
            std::uint64_t rests_for = 0;  // batches, before it is tried again
            std::uint32_t setbacks = 0;
            std::size_t tried_with = 0;
        };
        batch_strategy in_force = batch_strategy::pipeline;
        std::array<one, static_cast<std::size_t>(batch_strategy::count_)> each;
    };
    [[nodiscard]] standing current_standing() const;
    void restore(const standing& before);

private:
    static constexpr std::size_t measured_max = 5;

    struct record_of {
        cost shown;
        std::vector<std::chrono::nanoseconds> latest;  // per key, at most measured_max
        std::uint64_t not_before = 0;                  // number of the batch that may try it again
        std::uint32_t setbacks = 0;                    // without a success in between
        std::size_t tried_with = 0;                    // keys, without having been dear
        std::uint32_t dearer = 0;                      // than pipelines, batches in a row
    };
    [[nodiscard]] record_of& of(batch_strategy strategy) {
        return records_[static_cast<std::size_t>(strategy)];
    }
    [[nodiscard]] bool is_open(batch_strategy strategy);
    [[nodiscard]] std::size_t keys_to_try(batch_strategy strategy);
    void judge(batch_strategy strategy, std::size_t keys, std::chrono::nanoseconds cost_per_key,
               std::chrono::nanoseconds pipelined);
    void set_back(batch_strategy strategy, std::uint32_t at_least);

    mutable std::mutex mutex_;
    std::array<record_of, static_cast<std::size_t>(batch_strategy::count_)> records_;
    batch_strategy in_force_ = batch_strategy::pipeline;  // what has proven cheapest
    bool forced_ = false;
    batch_strategy latest_ = batch_strategy::pipeline;
    std::uint64_t batches_ = 0;
};

[[nodiscard]] constexpr std::string_view to_string(batch_strategy strategy) {
    switch (strategy) {
        case batch_strategy::any:
            return "any";
        case batch_strategy::lateral:
            return "lateral";
        default:
            return "pipeline";
    }
}

}  // namespace pgfold::fold
