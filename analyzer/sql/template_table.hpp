// Templates and shapes known to the process: bounded, least recently used out first, thread-safe.
// Analyzers keep what they use in a front of their own and come here when that misses.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analyzer/sql/hash128.hpp"
#include "analyzer/sql/shape.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::sql {

// A map of shared pointers under one lock. An entry that somebody else still holds is passed over
// when room is made, up to a few times.
template <class Pointer>
class lru_map {
public:
    explicit lru_map(std::size_t entries_max) : entries_max_(entries_max) {}

    [[nodiscard]] Pointer find(const hash128& key) {
        const std::lock_guard lock(mutex_);
        const auto found = map_.find(key);
        if (found == map_.end()) return nullptr;
        order_.splice(order_.begin(), order_, found->second);
        return found->second->second;
    }

    // Returns what the key then stands for: `value`, or what was there before.
    Pointer insert(const hash128& key, Pointer value) {
        std::vector<Pointer> dropped;  // destroyed after the lock is released
        const std::lock_guard lock(mutex_);
        if (const auto found = map_.find(key); found != map_.end()) return found->second->second;
        order_.emplace_front(key, value);
        map_.emplace(key, order_.begin());
        while (map_.size() > entries_max_)
            dropped.push_back(drop_one());
        return value;
    }

    void erase(const hash128& key) {
        const std::lock_guard lock(mutex_);
        const auto found = map_.find(key);
        if (found == map_.end()) return;
        order_.erase(found->second);
        map_.erase(found);
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return map_.size();
    }

private:
    Pointer drop_one() {
        constexpr int chances_max = 8;
        for (int i = 0; i < chances_max && order_.back().second.use_count() > 1; ++i)
            order_.splice(order_.begin(), order_, std::prev(order_.end()));
        Pointer value = std::move(order_.back().second);
        map_.erase(order_.back().first);
        order_.pop_back();
        return value;
    }

    using order = std::list<std::pair<hash128, Pointer>>;

    mutable std::mutex mutex_;
    std::size_t entries_max_;
    order order_;
    std::unordered_map<hash128, typename order::iterator, hash128_to_size> map_;
};

class template_table {
public:
    explicit template_table(std::size_t templates_max);

    [[nodiscard]] const keyed_hash& hash() const { return hash_; }

    [[nodiscard]] shape_ptr find_shape(const hash128& key) { return shapes_of(key).find(key); }
    shape_ptr insert_shape(const hash128& key, shape_ptr added) {
        return shapes_of(key).insert(key, std::move(added));
    }
    void erase_shape(const hash128& key) { shapes_of(key).erase(key); }

    [[nodiscard]] template_ptr find_template(const hash128& key) {
        return templates_of(key).find(key);
    }
    template_ptr insert_template(const hash128& key, template_ptr added) {
        return templates_of(key).insert(key, std::move(added));
    }

    [[nodiscard]] std::size_t template_count() const;

private:
    static constexpr std::size_t shard_count = 16;

    struct shard {
        shard(std::size_t templates_max, std::size_t shapes_max)
            : templates(templates_max), shapes(shapes_max) {}
        lru_map<template_ptr> templates;
        lru_map<shape_ptr> shapes;
    };
    // The low bits choose a bucket inside; the high word chooses the shard.
    lru_map<shape_ptr>& shapes_of(const hash128& key) {
        return shards_[key.high % shard_count]->shapes;
    }
    lru_map<template_ptr>& templates_of(const hash128& key) {
        return shards_[key.high % shard_count]->templates;
    }

    keyed_hash hash_;
    std::vector<std::unique_ptr<shard>> shards_;
};

}  // namespace pgfold::sql
