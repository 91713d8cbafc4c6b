#include "proxy/fold/batches_under_way.hpp"

#include <algorithm>

namespace pgfold::fold {
namespace {

constexpr std::chrono::microseconds measured_min{20};

}  // namespace

telemetry::counter& batches_under_way::outcome_of(batch_strategy strategy,
                                                  telemetry::batch_outcome outcome) {
    static_assert(static_cast<int>(batch_strategy::count_) ==
                  static_cast<int>(telemetry::batch_kind::count_));
    return counters_.batches[static_cast<std::size_t>(strategy)][static_cast<std::size_t>(outcome)];
}

void batches_under_way::count_observed(batch_strategy strategy) {
    outcome_of(strategy, telemetry::batch_outcome::observed).add();
}

void batches_under_way::count(const sent_batch& ended) {
    using enum telemetry::batch_outcome;
    const auto outcome = ended.receiver.canceled()       ? canceled
                         : ended.receiver.failures() > 0 ? failed
                         : ended.receiver.abandoned()    ? abandoned
                                                         : completed;
    if (ended.keys > 0) outcome_of(ended.strategy, outcome).add();
}

void batches_under_way::abandon(sent_batch& batch) {
    batch.claims.reset();
    batch.receiver.abandon();
}

void batches_under_way::abandon(const answer_group& group) {
    for (auto& batch : batches_)
        if (batch.receiver.group().get() == &group) abandon(batch);
}

void batches_under_way::abandon_all() {
    for (auto& batch : batches_)
        abandon(batch);
}

std::chrono::nanoseconds batches_under_way::on_answer(std::chrono::nanoseconds took) {
    shortest_answer_ = std::min(took, shortest_answer_.value_or(took));
    return took - *shortest_answer_;
}

// A batch behind other requests begins when they have been answered; one by itself has the way
// there and back to go as well. What came in one piece with the answer before it tells nothing.
void batches_under_way::record_cost(const sent_batch& batch, detect::timestamp now) const {
    if (batch.receiver.failures() > 0 || batch.receiver.abandoned() || batch.keys == 0) return;
    auto took = now - std::max(batch.sent, last_ready_);
    if (last_ready_ < batch.sent) took -= shortest_answer_.value_or(took);
    if (took > measured_min) batch.origin->strategies().record(batch.strategy, batch.keys, took);
}

// What a rewrite did not bring is asked for as ever.
void batches_under_way::settle_rewrite(sent_batch& batch, rewritten_answers& rewritten,
                                       bool cancel_requested) {
    const std::shared_ptr<answer_group> group = batch.receiver.group();
    rewrite_book& book = batch.origin->rewrites();
    if (batch.strategy == batch_strategy::pipeline) {
        if (group) group->describing = false;
        // Behind a lookup that failed, a transaction refuses all that follows: that says nothing.
        if (!rewritten.is_described() && batch.receiver.failures() == 0)
            book.give_up(*rewritten.rewrites(), "the server did not describe it");
        else if (rewritten.is_described())
            book.learn(*rewritten.rewrites(), rewritten.parameter_types(), rewritten.columns());
        return;
    }
    if (rewritten.ok()) return;
    // Canceled by its client it has not been refused. (A timeout cancels as well, and may be its
    // own fault.)
    if (!batch.receiver.canceled() || !cancel_requested)
        batch.origin->strategies().record_failure(batch.strategy, rewritten.failure());
    if (rewritten.is_outdated()) book.forget(*rewritten.rewrites());
    if (!group) return;
    group->rewrites = nullptr;  // for the rest of this loop
    rewritten.give_back_to(*group);
}

// It is told ahead of the rows: who takes them has to know.
void batches_under_way::learn_isolation(const sent_batch& batch) {
    const auto& levels = batch.receiver.settings();
    if (levels.size() != 2 || isolation_.is_known()) return;
    isolation_.learn(batch.isolation, levels[0], levels[1]);
    if (pool_.pool() != nullptr && isolation_.by_default() != isolation_level::unknown)
        pool_.pool()->by_default.store(isolation_.by_default());
}

bool batches_under_way::on_message(const protocol::frame& f, detect::timestamp now,
                                   bool cancel_requested) {
    if (batches_.empty()) return true;
    sent_batch& batch = batches_.front();
    batch_receiver& receiver = batch.receiver;
    const bool canceled_before = receiver.canceled();
    receiver.on_message(f);
    if (receiver.canceled() && !canceled_before) canceled_ = batch.sent;
    learn_isolation(batch);
    if (batch.claims && receiver.group()) batch.claims->publish(*receiver.group());
    if (!receiver.complete()) return false;
    count(batch);
    record_cost(batch, now);
    last_ready_ = now;
    if (rewritten_answers* rewritten = receiver.rewritten())
        settle_rewrite(batch, *rewritten, cancel_requested);
    if (receiver.failures() > 0 && receiver.group() && batch.strategy == batch_strategy::pipeline) {
        if (!receiver.canceled() || !cancel_requested) batch.origin->record_failure();
        receiver.group()->planned.clear();
    }
    batches_.pop_front();
    return true;
}

}  // namespace pgfold::fold
