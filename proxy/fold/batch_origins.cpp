#include "proxy/fold/batch_origins.hpp"

#include <utility>

namespace pgfold::fold {

void batch_origins::push(origin batch) {
    origins_.push_back(std::move(batch));
    if (origins_.size() > origins_max) origins_.pop_front();
}

void batch_origins::add(std::uint64_t number, detect::timestamp sent, freshness::stamp stamp) {
    push({number, sent, std::move(stamp)});
}

std::uint64_t batch_origins::number_of(const shared_answers::found& found) {
    for (auto it = origins_.rbegin(); it != origins_.rend(); ++it)
        if (it->claim == found.claim) return it->number;
    push({++last_, found.sent, found.stamp, found.claim});
    return last_;
}

const batch_origins::origin* batch_origins::find(std::uint64_t number) const {
    for (const origin& batch : origins_)
        if (batch.number == number) return &batch;
    return nullptr;
}

bool batch_origins::can_follow(const freshness::tracked_effects& effects) const {
    return effects.reads != nullptr || goes_by_text();
}

bool batch_origins::still_true(const freshness::stamp& stamp) const {
    return freshness::database_versions::is_valid(stamp) || goes_by_text();
}

bool batch_origins::is_too_old(const kept_answer& answer, detect::timestamp now) const {
    const origin* batch = find(answer.batch);
    return batch != nullptr && !in_time(*batch, now);
}

bool batch_origins::is_fresh(const kept_answer& answer, detect::timestamp now) const {
    const origin* batch = find(answer.batch);
    return batch != nullptr && in_time(*batch, now) && still_true(batch->stamp);
}

}  // namespace pgfold::fold
