// The batches of a session that have been sent and are not complete: what the server says to the
// oldest goes to its receiver, and what it cost and came to goes to its association.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "proxy/fold/association_table.hpp"
#include "proxy/fold/batch_receiver.hpp"
#include "proxy/fold/isolation_tracker.hpp"
#include "proxy/fold/pool_member.hpp"
#include "proxy/fold/shared_claims.hpp"
#include "proxy/protocol/frame_reader.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::fold {

struct sent_batch {
    batch_strategy strategy = batch_strategy::pipeline;
    std::size_t keys = 0;
    detect::timestamp sent;
    association_ptr origin;
    batch_receiver receiver;
    isolation_tracker::question isolation;
    std::unique_ptr<shared_claims> claims;  // null: nobody else is to know
};

class batches_under_way {
public:
    // All must outlive this.
    batches_under_way(telemetry::thread_counters& counters, isolation_tracker& isolation,
                      pool_member& pool)
        : counters_(counters), isolation_(isolation), pool_(pool) {}

    [[nodiscard]] bool empty() const { return batches_.empty(); }
    [[nodiscard]] detect::timestamp oldest_sent() const { return batches_.front().sent; }
    void add(sent_batch batch) { batches_.push_back(std::move(batch)); }
    // With batch.mode: observe.
    void count_observed(batch_strategy strategy);
    // Nobody wants their answers any more.
    void abandon(const answer_group& group);
    void abandon_all();

    // The server has nothing left to do.
    void on_ready(detect::timestamp now) { last_ready_ = now; }
    // A statement has been answered, after that time; returns what is not the way there and back.
    std::chrono::nanoseconds on_answer(std::chrono::nanoseconds took);
    // Returns true when the oldest batch is complete and gone. `cancel_requested`: by the client,
    // since it was sent.
    [[nodiscard]] bool on_message(const protocol::frame& f, detect::timestamp now,
                                  bool cancel_requested);
    // When the batch was sent that a message has just shown to be canceled. Told once.
    [[nodiscard]] std::optional<detect::timestamp> take_cancellation() {
        return std::exchange(canceled_, std::nullopt);
    }

private:
    static void abandon(sent_batch& batch);
    [[nodiscard]] telemetry::counter& outcome_of(batch_strategy strategy,
                                                 telemetry::batch_outcome outcome);
    void count(const sent_batch& ended);
    void learn_isolation(const sent_batch& batch);
    void record_cost(const sent_batch& batch, detect::timestamp now) const;
    static void settle_rewrite(sent_batch& batch, rewritten_answers& rewritten,
                               bool cancel_requested);

    telemetry::thread_counters& counters_;
    isolation_tracker& isolation_;
    pool_member& pool_;
    std::deque<sent_batch> batches_;
    std::optional<detect::timestamp> canceled_;
    std::optional<std::chrono::nanoseconds> shortest_answer_;  // about the way there and back
    detect::timestamp last_ready_{};  // when the server last had nothing left to do
};

}  // namespace pgfold::fold
