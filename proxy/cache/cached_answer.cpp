#include "proxy/cache/cached_answer.hpp"

#include <cstring>
#include <new>

namespace pgfold::cache {
namespace {

// What malloc adds to a block, rounded up, and a pointer in the table of buckets.
constexpr std::size_t overhead = 16 + sizeof(void*);

}  // namespace

cached_answer::cached_answer(const answer_key& key, const new_answer& from)
    : key_bytes_(static_cast<std::uint16_t>(key.bytes.size())),
      rows_(from.rows),
      row_bytes_(static_cast<std::uint32_t>(from.row_bytes.size())),
      hash_(key.hash),
      stamp_sum_(from.stamp_sum),
      born_(from.born),
      origin_(from.origin) {}

answer_ptr cached_answer::make(const answer_key& key, const new_answer& from) {
    void* memory = ::operator new(sizeof(cached_answer) + key.bytes.size() + from.row_bytes.size());
    auto* made = new (memory) cached_answer(key, from);
    auto* tail = reinterpret_cast<std::byte*>(made + 1);
    std::memcpy(tail, key.bytes.data(), key.bytes.size());
    if (!from.row_bytes.empty())
        std::memcpy(tail + key.bytes.size(), from.row_bytes.data(), from.row_bytes.size());
    return answer_ptr(made);
}

std::size_t cached_answer::size() const {
    return sizeof(cached_answer) + key_bytes_ + row_bytes_ + overhead;
}

void intrusive_ptr_release(cached_answer* answer) {
    if (answer->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    answer->~cached_answer();
    ::operator delete(answer);
}

}  // namespace pgfold::cache
