#include "proxy/fold/kept_loops.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::fold {

kept_loops::~kept_loops() {
    for (const auto& group : groups_)
        note_end(*group);
}

group_ptr kept_loops::make(const asked_lookup& asked,
                           const std::vector<std::uint16_t>& key_arguments,
                           const association_ptr& known) const {
    auto group = std::make_shared<answer_group>(asked, key_arguments, known, bytes_);
    return group->ask_as(asked) ? group : nullptr;
}

group_ptr kept_loops::find(const asked_lookup& asked) const {
    for (const auto& group : groups_)
        if (group->statement() == asked.statement && group->matches(asked)) return group;
    return nullptr;
}

void kept_loops::add(const group_ptr& group) {
    if (groups_.size() >= loops_max)
        drop(*std::min_element(groups_.begin(), groups_.end(), [](const auto& a, const auto& b) {
            return a->last_use < b->last_use;
        }));
    touch(*group);
    groups_.push_back(group);
}

void kept_loops::drop(const group_ptr& group) {
    const group_ptr gone = group;  // it may be the one in the list
    note_end(*gone);
    batches_.abandon(*gone);
    std::erase(groups_, gone);
}

void kept_loops::drop_all() {
    for (const auto& group : std::exchange(groups_, {}))
        note_end(*group);
    batches_.abandon_all();
}

void kept_loops::note_end(answer_group& group) {
    group.count_shared_use();
    if (group.origin) group.origin->record_loop(group.fetched, group.used, group.savepoints);
    group.fetched = group.used = group.savepoints = 0;
}

}  // namespace pgfold::fold
