#include "proxy/cache/answer_store.hpp"

namespace pgfold::cache {

answer_store::answer_store(store_limits limits) : entry_bytes_(limits.entry_bytes) {
    for (auto& shard : shards_)
        shard = std::make_unique<answer_shard>(limits.bytes / shards);
}

answer_store::published answer_store::publish(const answer_key& key, const new_answer& made) {
    if (made.row_bytes.size() > entry_bytes_max()) return {};
    published result;
    result.answer = cached_answer::make(key, made);
    result.evicted = shard_of(key.hash).put(result.answer, key);
    return result;
}

std::size_t answer_store::remove_if(const std::function<bool(const cached_answer&)>& goes) {
    std::size_t count = 0;
    for (const auto& shard : shards_)
        count += shard->remove_if(goes);
    return count;
}

void answer_store::set_limits(store_limits limits) {
    entry_bytes_ = limits.entry_bytes;
    for (const auto& shard : shards_)
        shard->set_bytes_max(limits.bytes / shards);
}

std::size_t answer_store::bytes() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_)
        sum += shard->bytes();
    return sum;
}

std::size_t answer_store::entries() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_)
        sum += shard->entries();
    return sum;
}

void answer_store::visit(const std::function<void(const cached_answer&)>& look) const {
    for (const auto& shard : shards_)
        shard->visit(look);
}

}  // namespace pgfold::cache
