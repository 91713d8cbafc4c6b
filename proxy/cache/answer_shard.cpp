#include "proxy/cache/answer_shard.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::cache {

// One place for each kilobyte: fewer than there may be small answers, and less than a hundredth of
// the memory.
answer_shard::answer_shard(std::size_t bytes_max)
    : bytes_max_(bytes_max),
      buckets_(buckets_min),
      index_(index::bucket_traits(buckets_.data(), buckets_.size())),
      ghosts_(std::clamp<std::size_t>(bytes_max / 1024, 64, 1 << 20)) {}

answer_shard::~answer_shard() {
    remove_if([](const cached_answer&) { return true; });
}

answer_ptr answer_shard::find(const answer_key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key, hash_of(), same_key());
    if (found == index_.end()) return nullptr;
    if (found->frequency_ < frequency_max) ++found->frequency_;
    return answer_ptr(&*found);
}

std::size_t answer_shard::put(const answer_ptr& answer, const answer_key& key) {
    const std::lock_guard lock(mutex_);
    bool in_main = ghosts_.contains(key.hash, main_.size() + small_.size());
    if (const auto older = index_.find(key, hash_of(), same_key()); older != index_.end()) {
        in_main = older->in_main_;
        answer->frequency_ = older->frequency_;
        let_go(*older);
    }
    if (answer->size() + ghosts_.bytes() > bytes_max_) return 0;
    const std::size_t before = index_.size();
    intrusive_ptr_add_ref(answer.get());  // the index holds it
    index_.insert(*answer);
    enqueue(*answer, in_main);
    grow_index();
    make_room();
    return before + 1 - index_.size();
}

bool answer_shard::remove(const cached_answer& answer) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(answer);
    if (found == index_.end() || &*found != &answer) return false;
    let_go(*found);
    return true;
}

std::size_t answer_shard::remove_if(const std::function<bool(const cached_answer&)>& goes) {
    const std::lock_guard lock(mutex_);
    const std::size_t before = index_.size();
    for (queue* q : {&small_, &main_})
        for (auto i = q->begin(); i != q->end();)
            if (cached_answer& answer = *i++; goes(answer)) let_go(answer);
    return before - index_.size();
}

void answer_shard::set_bytes_max(std::size_t bytes_max) {
    const std::lock_guard lock(mutex_);
    bytes_max_ = bytes_max;
    make_room();
}

std::size_t answer_shard::bytes() const {
    const std::lock_guard lock(mutex_);
    return small_bytes_ + main_bytes_ + ghosts_.bytes();
}

std::size_t answer_shard::entries() const {
    const std::lock_guard lock(mutex_);
    return index_.size();
}

void answer_shard::visit(const std::function<void(const cached_answer&)>& look) const {
    const std::lock_guard lock(mutex_);
    for (const queue* q : {&small_, &main_})
        for (const cached_answer& answer : *q)
            look(answer);
}

void answer_shard::enqueue(cached_answer& answer, bool in_main) {
    answer.in_main_ = in_main;
    (in_main ? main_ : small_).push_back(answer);
    (in_main ? main_bytes_ : small_bytes_) += answer.size();
}

void answer_shard::dequeue(cached_answer& answer) {
    queue& q = answer.in_main_ ? main_ : small_;
    q.erase(q.iterator_to(answer));
    (answer.in_main_ ? main_bytes_ : small_bytes_) -= answer.size();
}

void answer_shard::let_go(cached_answer& answer) {
    dequeue(answer);
    index_.erase(index_.iterator_to(answer));
    intrusive_ptr_release(&answer);
}

void answer_shard::make_room() {
    const std::size_t room = bytes_max_ - std::min(bytes_max_, ghosts_.bytes());
    while (small_bytes_ + main_bytes_ > room) {
        if (main_.empty() || (!small_.empty() && small_bytes_ > room / 10)) {
            cached_answer& oldest = small_.front();
            if (oldest.frequency_ >= frequency_to_stay) {
                dequeue(oldest);
                oldest.frequency_ = 0;
                enqueue(oldest, true);
            } else {
                ghosts_.add(oldest.hash());
                let_go(oldest);
            }
            continue;
        }
        cached_answer& oldest = main_.front();
        if (oldest.frequency_ == 0) {
            let_go(oldest);
            continue;
        }
        dequeue(oldest);
        --oldest.frequency_;
        enqueue(oldest, true);
    }
}

void answer_shard::grow_index() {
    if (index_.size() <= buckets_.size()) return;
    std::vector<index::bucket_type> more(2 * buckets_.size());
    index_.rehash(index::bucket_traits(more.data(), more.size()));
    buckets_.swap(more);
}

}  // namespace pgfold::cache
