#include "proxy/freshness/replication/unseen_commits.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::freshness {

void unseen_commits::commit::raise() const {
    for (table_entry* entry : written)
        entry->bump();
}

void unseen_commits::add(const std::vector<catalog::oid>& tables, bool everything,
                         std::uint32_t transaction) {
    commit added{transaction, {}};
    if (everything)
        added.written.push_back(&database_.everything());
    else
        for (const catalog::oid id : tables)
            added.written.push_back(&database_.table(id));
    added.raise();
    commits_.push_back(std::move(added));
}

void unseen_commits::remove(std::span<const std::uint32_t> transactions) {
    std::erase_if(commits_, [&](const commit& one) {
        const bool is_seen = std::find(transactions.begin(), transactions.end(), one.transaction) !=
                             transactions.end();
        if (is_seen) one.raise();
        return is_seen;
    });
}

std::vector<std::uint32_t> unseen_commits::numbers() const {
    std::vector<std::uint32_t> found;
    for (const commit& one : commits_) {
        if (found.size() == asked_at_once_max) break;
        found.push_back(one.transaction);
    }
    return found;
}

}  // namespace pgfold::freshness
