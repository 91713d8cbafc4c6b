#include "tools/analyze/timeline_recorder.hpp"

#include <algorithm>

namespace pgfold::analyze {
namespace {

// Without a parent a pause tells one loop from the next.
constexpr std::chrono::seconds run_gap{1};

std::chrono::nanoseconds duration_of(const loop_timeline& timeline) {
    if (timeline.lookups.empty()) return std::chrono::nanoseconds(0);
    return timeline.last_end - timeline.lookups.front().start;
}

}  // namespace

void timeline_recorder::on_session_start(std::uint64_t connection) {
    connections_.erase(connection);  // rejoined: its executions are numbered anew
}

void timeline_recorder::on_execution(std::uint64_t connection, detect::execution_id id,
                                     time_span when) {
    std::vector<execution>& ring = connections_[connection];
    if (ring.size() < executions_max) {
        if (ring.size() <= id % executions_max) ring.resize(id % executions_max + 1);
    }
    ring[id % executions_max] = {id, when};
}

void timeline_recorder::on_session_end(std::uint64_t connection) {
    ended_.push_back(connection);
    if (ended_.size() <= ended_max) return;
    connections_.erase(ended_.front());
    ended_.pop_front();
}

const time_span* timeline_recorder::when(std::uint64_t connection, detect::execution_id id) const {
    const auto known = connections_.find(connection);
    if (known == connections_.end()) return nullptr;
    const std::size_t slot = id % executions_max;
    if (slot >= known->second.size() || known->second[slot].id != id) return nullptr;
    return &known->second[slot].when;
}

void timeline_recorder::on_attribution(const detect::attribution& one) {
    const time_span* const lookup = when(one.connection_id, one.lookup);
    if (lookup == nullptr) return;
    const key which{one.kind, one.child_statement.get(), one.parent_statement.get()};
    auto known = loops_.find(which);
    if (known == loops_.end()) {
        if (loops_.size() >= loops_max) return;
        known = loops_.try_emplace(which).first;
    }
    loop& l = known->second;
    const bool same = one.parent != 0
                          ? l.parent == one.parent && l.connection == one.parent_connection_id
                          : l.connection == one.connection_id &&
                                lookup->start >= l.current.last_end - run_gap &&
                                lookup->start <= l.current.last_end + run_gap;
    if (!same || l.current.lookups.empty()) {
        if (duration_of(l.current) > duration_of(l.longest)) l.longest = std::move(l.current);
        l.current = {};
        l.parent = one.parent;
        l.connection = one.parent != 0 ? one.parent_connection_id : one.connection_id;
        if (const time_span* parent = when(one.parent_connection_id, one.parent);
            parent != nullptr && one.parent != 0)
            l.current.parent = *parent;
    }
    ++l.current.lookups_total;
    l.current.last_end = std::max(l.current.last_end, lookup->end);
    if (l.current.lookups.size() < lookups_max) l.current.lookups.push_back(*lookup);
}

const loop_timeline* timeline_recorder::find(const detect::finding& found) const {
    const auto known =
        loops_.find({found.kind, found.statement.get(), found.parent.statement.get()});
    if (known == loops_.end()) return nullptr;
    const loop& l = known->second;
    return duration_of(l.current) > duration_of(l.longest) ? &l.current : &l.longest;
}

}  // namespace pgfold::analyze
