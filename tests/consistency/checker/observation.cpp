#include "tests/consistency/checker/observation.hpp"

#include <algorithm>
#include <string>

#include "tests/consistency/checker/excerpt.hpp"

namespace pgfold::consistency {

class observer::own_writes {
public:
    own_writes(const observer& all, const read_operation& read) : statement_(read.statement) {
        if (read.transaction != no_transaction) writes_ = &all.writes_[read.transaction];
    }

    [[nodiscard]] const row_write* last_on(row_id row) const {
        const row_write* found = nullptr;
        if (writes_ == nullptr) return found;
        for (const row_write* write : *writes_) {
            if (counts(*write) && write->row == row) found = write;
        }
        return found;
    }

    // Whether what lists the row is gone by the transaction's own doing.
    [[nodiscard]] bool have_deleted_owner(relation in, owner_id owner) const {
        if (owner == gone || owner == nobody || owner == unknown_owner) return false;
        const relation owned_by = facts_of(in).owned_by;
        if (owned_by == relation::none) return false;
        const row_write* last = last_on({owned_by, owner});
        return last != nullptr && last->owner == gone;
    }

    // Foreign keys then change rows that the transaction did not name.
    [[nodiscard]] bool have_deleted() const {
        return writes_ != nullptr && std::any_of(writes_->begin(), writes_->end(), [&](auto* w) {
                   return counts(*w) && w->owner == gone;
               });
    }

private:
    [[nodiscard]] bool counts(const row_write& write) const {
        return write.statement < statement_ && write.undone_at > statement_;
    }

    const std::vector<const row_write*>* writes_ = nullptr;
    std::uint32_t statement_;
};

namespace {

// A cascade finds no row that another transaction has deleted meanwhile, so that the snapshot of
// the transaction that cascades goes on to show it.
bool is_deleted_elsewhere(const row_timeline* timeline, const seen_row& row,
                          std::uint32_t transaction) {
    if (timeline == nullptr) return false;
    for (const version_entry& later : timeline->versions_from(rank_of(row.version) + 1))
        if (later.owner == gone && later.ends_as == fate::visible &&
            later.transaction != transaction)
            return true;
    return false;
}

}  // namespace

observer::observer(timeline_set& timelines, const history& part)
    : timelines_(timelines), part_(part), writes_(part.transactions.size()) {
    for (const row_write& write : part.writes)
        writes_[write.transaction].push_back(&write);
    for (auto& writes : writes_) {
        std::stable_sort(writes.begin(), writes.end(), [](const auto* left, const auto* right) {
            return left->statement < right->statement;
        });
    }
}

void observer::observe(std::uint32_t number, observation& to, std::vector<violation>& violations) {
    const read_operation& read = part_.reads[number];
    const own_writes own(*this, read);
    for (const seen_row& row : read.rows)
        observe_row(row, number, own, to, violations);
    for (const condition& seen : read.conditions) {
        observe_owner(seen, number, own, to, violations);
    }
    for (const listing& list : read.listings)
        observe_listing(list, number, own, to, violations);
}

void observer::observe_row(const seen_row& row, std::uint32_t number, const own_writes& own,
                           observation& to, std::vector<violation>& violations) {
    const read_operation& read = part_.reads[number];
    row_timeline* timeline = timelines_.find(row.row);
    const auto report = [&](violation_kind kind, std::string text) {
        text = describe_row(row.row) + ": " + text + "\n" + describe_read(read, part_);
        if (timeline != nullptr) text += describe_versions(*timeline, part_, rank_of(row.version));
        violations.push_back({kind, std::move(text)});
    };
    if (own.have_deleted_owner(row.row.in, row.owner) &&
        !is_deleted_elsewhere(timeline, row, read.transaction)) {
        report(violation_kind::lost_own_write, "the transaction has deleted what lists it");
        return;
    }
    const version_entry* entry =
        timeline == nullptr ? nullptr : timeline->find(row.version, row.writer);
    if (entry == nullptr) {
        report(violation_kind::unwritten_row,
               "nobody wrote version " + std::to_string(row.version) + ", or it is long gone");
        return;
    }
    if (const row_write* mine = own.last_on(row.row); mine != nullptr) {
        if (mine->version != row.version || mine->writer != row.writer) {
            report(violation_kind::lost_own_write, "the transaction's own last write is version " +
                                                       std::to_string(mine->version) +
                                                       ", seen was " + std::to_string(row.version));
        }
        return;
    }
    if (entry->transaction != no_transaction && entry->transaction == read.transaction) {
        report(violation_kind::lost_own_write, "the transaction had rolled this version back");
        return;
    }
    if (entry->ends_as != fate::visible) {
        report(violation_kind::aborted_read,
               "version " + std::to_string(row.version) + " was never committed");
        return;
    }
    if (row.owner != unknown_owner && row.owner != entry->owner) {
        const version_entry* made = timeline->consequence_of(*entry);
        if (made == nullptr || made->owner != row.owner) {
            // Its own deletions may have done that.
            if (own.have_deleted() && row.owner == nobody) return;
            report(violation_kind::wrong_owner,
                   "version " + std::to_string(row.version) + " had another owner");
            return;
        }
        entry = made;
    }
    to.versions.push_back({timeline, entry, number});
}

void observer::observe_owner(const condition& seen, std::uint32_t number, const own_writes& own,
                             observation& to, std::vector<violation>& violations) {
    row_timeline* timeline = timelines_.find(seen.row);
    if (timeline == nullptr) {  // nobody ever wrote it
        if ((seen.owner == gone) != seen.holds) {
            violations.push_back(
                {violation_kind::unwritten_row, describe_row(seen.row) + " does not exist\n" +
                                                    describe_read(part_.reads[number], part_)});
        }
        return;
    }
    if (const row_write* mine = own.last_on(seen.row); mine != nullptr) {
        if (mine->owner != gone && own.have_deleted()) return;  // foreign keys may have acted on it
        if ((mine->owner == seen.owner) != seen.holds) {
            violations.push_back({violation_kind::lost_own_write,
                                  describe_row(seen.row) +
                                      ": the answer contradicts the transaction's own write\n" +
                                      describe_read(part_.reads[number], part_) +
                                      describe_versions(*timeline, part_, rank_of(mine->version))});
        }
        return;
    }
    if (own.have_deleted()) return;
    to.owners.push_back({timeline, seen.owner, seen.holds, number});
}

void observer::check_form(const listing& list, const read_operation& read,
                          std::vector<violation>& violations) const {
    std::vector<std::int64_t> ids;
    bool others = false;
    for (const seen_row& row : read.rows) {
        if (row.row.in != list.in) continue;
        others = others || (row.owner != unknown_owner && row.owner != list.owner);
        ids.push_back(row.row.id);
    }
    const bool disordered = list.ordered && !std::is_sorted(ids.begin(), ids.end());
    std::sort(ids.begin(), ids.end());
    const bool twice = std::adjacent_find(ids.begin(), ids.end()) != ids.end();
    if (!others && !disordered && !twice) return;
    violations.push_back({violation_kind::malformed_answer,
                          std::string(others  ? "rows that the query did not ask for"
                                      : twice ? "a row twice"
                                              : "rows out of order") +
                              "\n" + describe_read(read, part_)});
}

void observer::observe_listing(const listing& list, std::uint32_t number, const own_writes& own,
                               observation& to, std::vector<violation>& violations) {
    const read_operation& read = part_.reads[number];
    check_form(list, read, violations);
    for (row_timeline* timeline : timelines_.listed_by(list.in, list.owner)) {
        const row_id row = timeline->row();
        if (row.id <= list.after) continue;
        const bool seen = std::any_of(read.rows.begin(), read.rows.end(),
                                      [&](const seen_row& r) { return r.row == row; });
        if (!seen) observe_owner({row, list.owner, false}, number, own, to, violations);
    }
}

}  // namespace pgfold::consistency
