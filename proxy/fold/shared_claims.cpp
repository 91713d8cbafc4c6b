#include "proxy/fold/shared_claims.hpp"

#include <utility>

#include "proxy/fold/shared_question.hpp"

namespace pgfold::fold {

shared_claims::shared_claims(std::shared_ptr<session_pool> pool, std::string question,
                             freshness::stamp stamp, detect::timestamp now,
                             detect::timestamp oldest,
                             std::shared_ptr<std::atomic<std::uint64_t>> used)
    : pool_(std::move(pool)),
      question_(std::move(question)),
      stamp_(std::move(stamp)),
      sent_(now),
      oldest_(oldest),
      number_(pool_->answers.next_claim()),
      used_(std::move(used)) {}

shared_claims::~shared_claims() {
    release_all();
}

bool shared_claims::add(const key_tuple& key) {
    std::string question = with_key(question_, key);
    if (!pool_->answers.claim(question, number_, stamp_, sent_, oldest_)) return false;
    claims_.push_back({std::move(question), nullptr});
    return true;
}

void shared_claims::expect(kept_answer* answer) {
    claims_.back().answer = answer;
}

void shared_claims::take_back() {
    pool_->answers.release(claims_.back().question, number_);
    claims_.pop_back();
}

void shared_claims::release_all() {
    for (; next_ < claims_.size(); ++next_)
        pool_->answers.release(claims_[next_].question, number_);
    claims_.clear();
    next_ = 0;
}

void shared_claims::publish(const answer_group& group) {
    for (; next_ < claims_.size(); ++next_) {
        const auto& [question, kept] = claims_[next_];
        if (kept != nullptr && kept->state == answer_state::asked) return;
        if (kept == nullptr || kept->state == answer_state::failed ||
            group.row_description.empty()) {
            pool_->answers.release(question, number_);
            continue;
        }
        if (!row_description_)
            row_description_ =
                std::make_shared<const std::vector<std::byte>>(group.row_description);
        auto answer = std::make_shared<shared_answer>();
        answer->rows = kept->rows;
        answer->bytes = kept->bytes;
        answer->row_description = row_description_;
        answer->used = used_;
        kept->shared = answer;
        pool_->answers.publish(question, number_, std::move(answer));
    }
}

}  // namespace pgfold::fold
