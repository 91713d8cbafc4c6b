// A small cache of fixed size: a table of sets of four entries, each set with its own LRU order.
// Lookup touches one or two cache lines, nothing allocates after construction.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "analyzer/sql/hash128.hpp"

namespace pgfold::sql {

template <class Value>
class set_associative_cache {
public:
    // Rounded up to a power of two.
    explicit set_associative_cache(std::size_t entries)
        : sets_(std::bit_ceil(std::max<std::size_t>(entries / ways, 1))), entries_(sets_ * ways) {}

    // Null when there is none. The pointer is valid until the next insert.
    [[nodiscard]] Value* find(const hash128& key) {
        entry* set = set_of(key);
        for (std::size_t i = 0; i < ways; ++i) {
            if (set[i].used && set[i].key == key) {
                set[i].last_use = ++clock_;
                return &set[i].value;
            }
        }
        return nullptr;
    }

    // Takes the place of an entry of the same key, else of a free one, else of the one used least
    // recently, whose value `retire` sees first.
    template <class Retire>
    Value& insert(const hash128& key, Value value, Retire&& retire) {
        entry* set = set_of(key);
        entry* victim = set;
        for (std::size_t i = 0; i < ways; ++i) {
            if (set[i].used && set[i].key == key) {
                victim = &set[i];
                break;
            }
            if (!victim->used) continue;
            // Differences, since the clock may wrap.
            if (!set[i].used || clock_ - set[i].last_use > clock_ - victim->last_use)
                victim = &set[i];
        }
        if (victim->used) retire(victim->value);
        victim->key = key;
        victim->used = true;
        victim->last_use = ++clock_;
        victim->value = std::move(value);
        return victim->value;
    }
    Value& insert(const hash128& key, Value value) {
        return insert(key, std::move(value), [](Value&) {});
    }

    // Calls `visit` for entries until it returns false, starting where the last sweep ended; what
    // `visit` marks by setting its second argument is dropped.
    template <class Visit>
    void sweep(Visit&& visit) {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            entry& e = entries_[sweep_at_];
            sweep_at_ = (sweep_at_ + 1) % entries_.size();
            if (!e.used) continue;
            bool drop = false;
            const bool more = visit(e.value, drop);
            if (drop) {
                e.value = Value{};
                e.used = false;
            }
            if (!more) return;
        }
    }

private:
    static constexpr std::size_t ways = 4;

    struct entry {
        hash128 key;
        std::uint32_t last_use = 0;
        bool used = false;
        Value value{};
    };

    [[nodiscard]] entry* set_of(const hash128& key) {
        return &entries_[(key.low & (sets_ - 1)) * ways];
    }

    std::size_t sets_;
    std::vector<entry> entries_;
    std::uint32_t clock_ = 0;
    std::size_t sweep_at_ = 0;
};

}  // namespace pgfold::sql
