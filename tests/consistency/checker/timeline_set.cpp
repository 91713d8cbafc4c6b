#include "tests/consistency/checker/timeline_set.hpp"

#include <algorithm>
#include <array>

#include "tests/consistency/checker/excerpt.hpp"

namespace pgfold::consistency {
namespace {

// Where the end of a transaction is not known, a version of another that took its place tells.
void settle_unknown(timeline_set& timelines, std::vector<std::uint8_t>& aborted,
                    const history& part) {
    for (const auto& [row, timeline] : timelines.all()) {
        const auto& versions = timeline.versions();
        for (std::size_t i = 0; i < versions.size(); ++i) {
            const version_entry& entry = versions[i];
            if (entry.ends_as != fate::visible || entry.transaction == no_transaction ||
                part.transactions[entry.transaction].ended_as != outcome::unknown) {
                continue;
            }
            const auto rival = [&](const version_entry& other) {
                return other.at == entry.at &&
                       (other.ends_as == fate::visible || other.ends_as == fate::inner) &&
                       other.transaction != entry.transaction &&
                       (other.transaction == no_transaction ||
                        part.transactions[other.transaction].ended_as == outcome::committed);
            };
            if (std::any_of(versions.begin(), versions.end(), rival))
                aborted[entry.transaction] = 1;
        }
    }
}

}  // namespace

row_timeline* timeline_set::find(row_id row) {
    const auto found = timelines_.find(row);
    return found == timelines_.end() ? nullptr : &found->second;
}

row_timeline& timeline_set::at(row_id row) {
    return timelines_.try_emplace(row, row).first->second;
}

const std::vector<row_timeline*>& timeline_set::listed_by(relation in, owner_id owner) const {
    static const std::vector<row_timeline*> nothing;
    const auto found = listed_.find(row_id{in, owner});
    return found == listed_.end() ? nothing : found->second;
}

void timeline_set::index(row_timeline& timeline) {
    for (const version_entry& entry : timeline.versions()) {
        if (entry.owner == gone || entry.owner == nobody) continue;
        auto& rows = listed_[row_id{timeline.row().in, entry.owner}];
        if (std::find(rows.begin(), rows.end(), &timeline) == rows.end()) rows.push_back(&timeline);
    }
}

void timeline_set::add(const history& part, std::vector<std::vector<effect>>& effects) {
    // The last write of a row in a transaction is the one that others see.
    std::unordered_map<row_id, const row_write*> last;
    std::vector<const row_write*> ordered;
    ordered.reserve(part.writes.size());
    for (const row_write& write : part.writes)
        ordered.push_back(&write);
    std::stable_sort(ordered.begin(), ordered.end(), [](const auto* left, const auto* right) {
        return left->transaction != right->transaction ? left->transaction < right->transaction
                                                       : left->statement < right->statement;
    });
    for (std::size_t first = 0; first < ordered.size();) {
        std::size_t end = first;
        last.clear();
        for (; end < ordered.size() && ordered[end]->transaction == ordered[first]->transaction;
             ++end) {
            if (ordered[end]->undone_at == not_undone) last[ordered[end]->row] = ordered[end];
        }
        for (; first < end; ++first) {
            const row_write& write = *ordered[first];
            const bool aborted = part.transactions[write.transaction].ended_as == outcome::aborted;
            const fate ends_as = write.undone_at != not_undone ? fate::undone
                                 : aborted                     ? fate::aborted
                                 : last[write.row] != &write   ? fate::inner
                                                               : fate::visible;
            at(write.row).versions().push_back({rank_of(write.version), write.writer, write.owner,
                                                write.owner_before, write.transaction, ends_as});
        }
    }
    for (auto& [row, timeline] : timelines_)
        timeline.sort_versions();

    std::vector<std::uint8_t> aborted(part.transactions.size(), 0);
    settle_unknown(*this, aborted, part);
    for (auto& [row, timeline] : timelines_) {
        for (version_entry& entry : timeline.versions()) {
            if (entry.transaction != no_transaction && aborted[entry.transaction] != 0) {
                entry.ends_as = fate::aborted;
            }
        }
    }

    // Parents before children: what goes takes along what hangs on it.
    for (const relation in : {relation::child, relation::grandchild, relation::note}) {
        add_consequences(in);
    }

    effects.assign(part.transactions.size(), {});
    listed_.clear();
    for (auto& [row, timeline] : timelines_) {
        index(timeline);
        for (const version_entry& entry : timeline.versions()) {
            if (entry.ends_as == fate::visible && entry.transaction != no_transaction) {
                effects[entry.transaction].push_back({&timeline, entry.at});
            }
        }
    }
}

void timeline_set::add_consequences(relation in) {
    const relation_facts& facts = facts_of(in);
    const bool cascades = facts.when_owner_goes == on_delete::cascade;
    for (auto& [row, timeline] : timelines_) {
        if (row.in != in) continue;
        std::vector<version_entry> consequences;
        const version_entry* entry = nullptr;
        const auto consider = [&](const version_entry* next) {
            if (entry == nullptr || entry->owner == gone || entry->owner == nobody) return;
            const bool last = next == nullptr;
            const bool was_nulled = !last && !cascades && next->owner_before == nobody;
            if (!last && !was_nulled) return;
            row_timeline* owner = find({facts.owned_by, entry->owner});
            if (owner == nullptr) return;
            const version_entry* end = owner->last_visible();
            if (end == nullptr || end->owner != gone || end->at == 0) return;
            version_entry made = *entry;
            made.at = entry->at + 1;
            made.owner = cascades ? gone : nobody;
            made.transaction = end->transaction;
            consequences.push_back(made);
        };
        for (const version_entry& candidate : timeline.versions()) {
            if (candidate.ends_as != fate::visible && candidate.ends_as != fate::inner) continue;
            consider(&candidate);
            entry = candidate.ends_as == fate::visible ? &candidate : nullptr;
        }
        consider(nullptr);
        if (consequences.empty()) continue;
        auto& versions = timeline.versions();
        versions.insert(versions.end(), consequences.begin(), consequences.end());
        timeline.sort_versions();
    }
}

void timeline_set::collapse() {
    listed_.clear();
    for (auto it = timelines_.begin(); it != timelines_.end();) {
        it->second.collapse();
        const bool exists = it->second.versions().front().owner != gone;
        // Rows that may come back keep their last version.
        const bool returns = !facts_of(it->first.in).gapless;
        if (exists || returns) {
            ++it;
        } else {
            it = timelines_.erase(it);
        }
    }
}

std::vector<violation> check_versions(const timeline_set& timelines, const history& part) {
    std::vector<violation> found;
    for (const auto& [row, timeline] : timelines.all()) {
        const version_entry* previous = nullptr;
        for (const version_entry& entry : timeline.versions()) {
            if (entry.ends_as == fate::undone || entry.ends_as == fate::aborted) continue;
            if (entry.at % 2 != 0) continue;
            if (previous != nullptr && entry.at == previous->at &&
                entry.transaction != previous->transaction) {
                found.push_back({violation_kind::lost_update,
                                 describe_row(row) + ": two transactions committed version " +
                                     std::to_string(entry.at / 2) + "\n" +
                                     describe_versions(timeline, part, entry.at)});
            } else if (previous != nullptr && facts_of(row.in).gapless &&
                       entry.at > previous->at + 2) {
                found.push_back({violation_kind::unexplained_write,
                                 describe_row(row) + ": nobody wrote version " +
                                     std::to_string(entry.at / 2 - 1) + "\n" +
                                     describe_versions(timeline, part, entry.at)});
            }
            previous = &entry;
        }
    }
    return found;
}

}  // namespace pgfold::consistency
