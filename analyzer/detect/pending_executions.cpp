#include "analyzer/detect/pending_executions.hpp"

#include <utility>

namespace pgfold::detect {

namespace {
constexpr std::size_t kept = 64;  // entries whose storage is worth keeping between pipelines
}  // namespace

void pending_executions::push(pending_execution pending) {
    // A client that always has something under way never empties the queue.
    if (empty() || first_ >= in_flight_max) {
        entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    if (pending.series != nullptr) ++pending.series->owner.in_flight;
    entries_.push_back(std::move(pending));
}

const pending_execution* pending_executions::find(execution_id id) const {
    for (std::size_t i = first_; i < entries_.size() && entries_[i].id <= id; ++i) {
        if (entries_[i].id == id) return &entries_[i];
    }
    return nullptr;
}

std::optional<pending_execution> pending_executions::take(execution_id id) {
    while (!empty() && entries_[first_].id < id)
        drop_first();
    if (empty() || entries_[first_].id != id) return std::nullopt;
    pending_execution taken = std::move(entries_[first_]);
    if (taken.series != nullptr) --taken.series->owner.in_flight;
    ++first_;
    if (empty() && entries_.size() > kept) clear();
    return taken;
}

void pending_executions::drop_first() {
    if (auto* series = entries_[first_].series) --series->owner.in_flight;
    ++first_;
}

void pending_executions::clear() {
    entries_.clear();
    first_ = 0;
}

void pending_executions::release_memory() {
    entries_ = {};
    first_ = 0;
}

}  // namespace pgfold::detect
