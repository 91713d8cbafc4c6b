#include "analyzer/sql/template_table.hpp"

#include <algorithm>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::sql {

template_table::template_table(std::size_t templates_max) {
    const std::size_t per_shard = std::max<std::size_t>(templates_max / shard_count, 1);
    shards_.reserve(shard_count);
    // One template has often two shapes: a number and a string, a value and NULL.
    for (std::size_t i = 0; i < shard_count; ++i)
        shards_.push_back(std::make_unique<shard>(per_shard, per_shard * 2));
}

std::size_t template_table::template_count() const {
    std::size_t count = 0;
    for (const auto& s : shards_)
        count += s->templates.size();
    return count;
}

std::shared_ptr<template_table> make_template_table(std::size_t templates_max) {
    return std::make_shared<template_table>(templates_max);
}

}  // namespace pgfold::sql
