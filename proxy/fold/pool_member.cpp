#include "proxy/fold/pool_member.hpp"

#include <algorithm>

#include "proxy/fold/prediction.hpp"

namespace pgfold::fold {

void pool_member::join(std::shared_ptr<session_pool> pool) {
    leave();
    pool_ = std::move(pool);
    if (pool_) pool_->members.fetch_add(1, std::memory_order_relaxed);
}

void pool_member::leave() {
    if (pool_) pool_->members.fetch_sub(1, std::memory_order_relaxed);
    pool_.reset();
    waits_until_.reset();
}

const std::vector<pool_member::candidate>& pool_member::candidates(const asked_lookup& asked) {
    const auto as_of = associations_->learned();
    auto at = std::find_if(children_.begin(), children_.end(),
                           [&](const auto& child) { return child.statement == asked.statement; });
    if (at != children_.end() && at->as_of == as_of) return at->candidates;
    if (at == children_.end()) {
        if (children_.size() >= children_max) children_.erase(children_.begin());
        at = children_.insert(children_.end(),
                              known_child{.statement = asked.statement, .candidates = {}});
    }
    at->as_of = as_of;
    at->candidates.clear();
    for (auto& known : associations_->of_child(database_, *asked.statement)) {
        auto positions = key_arguments(*asked.statement, known->feed());
        const auto same = [&](const candidate& c) { return c.key_arguments == positions; };
        if (positions.empty() || std::any_of(at->candidates.begin(), at->candidates.end(), same))
            continue;
        at->candidates.push_back({std::move(known), std::move(positions)});
    }
    return at->candidates;
}

shared_answers::found pool_member::find(const std::string& question, detect::timestamp now,
                                        std::chrono::nanoseconds age_max) {
    return pool_->answers.find(question, now - age_max, waker_);
}

std::unique_ptr<shared_claims> pool_member::claim_for(answer_group& group,
                                                      const freshness::stamp& stamp,
                                                      detect::timestamp now,
                                                      std::chrono::nanoseconds age_max) const {
    if (!group.shared_use) group.shared_use = std::make_shared<std::atomic<std::uint64_t>>(0);
    return std::make_unique<shared_claims>(pool_, group.question, stamp, now, now - age_max,
                                           group.shared_use);
}

bool pool_member::wait(detect::timestamp now, detect::timestamp until) {
    if (!waits_until_) waits_until_ = std::min(until, now + wait_max);
    if (now < *waits_until_) return true;
    waits_until_.reset();
    return false;
}

}  // namespace pgfold::fold
