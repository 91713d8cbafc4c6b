#include "tests/consistency/checker/checker.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "tests/consistency/checker/excerpt.hpp"
#include "tests/consistency/checker/observation.hpp"
#include "tests/consistency/checker/timeline_set.hpp"

namespace pgfold::consistency {
namespace {

constexpr std::size_t violations_kept_max = 20;

struct interval {
    nanoseconds from = 0;
    nanoseconds until = 0;
    bool snapshot = false;  // of a whole transaction
};

// Goes through one part of a history in the order of its answers.
class pass {
public:
    pass(timeline_set& timelines, const history& part)
        : timelines_(timelines), part_(part), visible_(part.transactions.size(), 0) {}

    verdict run();

private:
    struct event {
        nanoseconds at = 0;
        std::uint32_t number = 0;  // of a read or a transaction
        enum class what : std::uint8_t { read, snapshot, commit } is = what::read;
    };

    [[nodiscard]] std::vector<event> events();
    void check_read(observer& see, std::uint32_t number);
    void check_snapshot(observer& see, std::uint32_t number);
    void check_observation(const observation& seen, interval when, nanoseconds known_at);
    // Whether no row is seen in two states; reports it otherwise.
    [[nodiscard]] bool agrees(const observation& seen, interval when);
    // Who sees one write of a transaction sees all of them: what each row has to be at least.
    using ranks = std::unordered_map<const row_timeline*, rank>;
    [[nodiscard]] ranks ranks_implied(const observation& seen, nanoseconds earliest) const;
    // The lower bound of the moment that the observation is of.
    [[nodiscard]] nanoseconds earliest_moment(const observation& seen, interval when);
    [[nodiscard]] const version_entry* first_allowed(const seen_owner& seen, rank from,
                                                     nanoseconds until) const;
    void commit(std::uint32_t number);
    void raise(row_timeline& timeline, rank to, nanoseconds when, std::uint32_t read);
    void count(const read_operation& read, const observation& seen);
    void report(violation_kind kind, std::string text);
    void report(violation found);

    timeline_set& timelines_;
    const history& part_;
    std::vector<std::vector<effect>> effects_;
    std::vector<std::uint8_t> visible_;  // transactions known to be committed
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> snapshot_reads_;
    verdict verdict_;
};

std::vector<pass::event> pass::events() {
    std::vector<event> all;
    all.reserve(part_.reads.size() + part_.transactions.size());
    for (std::uint32_t i = 0; i < part_.reads.size(); ++i) {
        const read_operation& read = part_.reads[i];
        const bool snapshot = read.transaction != no_transaction && !read.locking &&
                              part_.transactions[read.transaction].repeatable_read;
        if (snapshot) {
            snapshot_reads_[read.transaction].push_back(i);
        } else {
            all.push_back({read.responded, i, event::what::read});
        }
    }
    for (const auto& [number, reads] : snapshot_reads_) {
        nanoseconds last = 0;
        for (const std::uint32_t read : reads)
            last = std::max(last, part_.reads[read].responded);
        all.push_back({last, number, event::what::snapshot});
    }
    for (std::uint32_t i = 0; i < part_.transactions.size(); ++i) {
        if (part_.transactions[i].ended_as == outcome::committed) {
            all.push_back({part_.transactions[i].ended, i, event::what::commit});
        }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const event& left, const event& right) { return left.at < right.at; });
    return all;
}

verdict pass::run() {
    timelines_.add(part_, effects_);
    for (violation& found : check_versions(timelines_, part_))
        report(std::move(found));
    observer see(timelines_, part_);
    for (const event& next : events()) {
        switch (next.is) {
            case event::what::read:
                check_read(see, next.number);
                break;
            case event::what::snapshot:
                check_snapshot(see, next.number);
                break;
            case event::what::commit:
                commit(next.number);
                break;
        }
    }
    statistics& counts = verdict_.counts;
    counts.reads = part_.reads.size();
    counts.writes = part_.writes.size();
    counts.transactions = part_.transactions.size();
    for (const transaction& done : part_.transactions) {
        counts.unknown_outcomes += done.ended_as == outcome::unknown ? 1U : 0U;
    }
    timelines_.collapse();
    return std::move(verdict_);
}

void pass::check_read(observer& see, std::uint32_t number) {
    const read_operation& read = part_.reads[number];
    observation seen;
    std::vector<violation> wrong;
    see.observe(number, seen, wrong);
    for (violation& found : wrong)
        report(std::move(found));
    count(read, seen);
    if (!read.locking) {
        check_observation(seen, {read.invoked, read.responded, false}, read.responded);
        return;
    }
    // Each row as it is now, which need not be one moment for all of them.
    for (const seen_version& version : seen.versions) {
        check_observation({{version}, {}}, {read.invoked, read.responded, false}, read.responded);
    }
}

void pass::check_snapshot(observer& see, std::uint32_t number) {
    const transaction& around = part_.transactions[number];
    observation seen;
    std::vector<violation> wrong;
    nanoseconds last = 0;
    for (const std::uint32_t read : snapshot_reads_[number]) {
        observation one;
        see.observe(read, one, wrong);
        count(part_.reads[read], one);
        seen.versions.insert(seen.versions.end(), one.versions.begin(), one.versions.end());
        seen.owners.insert(seen.owners.end(), one.owners.begin(), one.owners.end());
        last = std::max(last, part_.reads[read].responded);
    }
    for (violation& found : wrong)
        report(std::move(found));
    check_observation(seen, {around.snapshot_from, around.snapshot_until, true}, last);
}

const version_entry* pass::first_allowed(const seen_owner& seen, rank from,
                                         nanoseconds until) const {
    for (const version_entry& entry : seen.on->versions_from(from)) {
        if (entry.ends_as != fate::visible) continue;
        const bool possible = entry.transaction == no_transaction ||
                              part_.transactions[entry.transaction].committing <= until;
        if (possible && seen.allows(entry)) return &entry;
    }
    return nullptr;
}

nanoseconds pass::earliest_moment(const observation& seen, interval when) {
    nanoseconds earliest = when.from;
    const auto not_before = [&](const version_entry& entry) {
        if (entry.transaction == no_transaction) return;
        const nanoseconds committing = part_.transactions[entry.transaction].committing;
        if (committing <= when.until) earliest = std::max(earliest, committing);
    };
    for (const seen_version& version : seen.versions)
        not_before(*version.entry);
    for (const seen_owner& owner : seen.owners) {
        const rank known = owner.on->frontier_before(when.from).at;
        if (const auto* entry = first_allowed(owner, known, when.until)) not_before(*entry);
    }
    return earliest;
}

bool pass::agrees(const observation& seen, interval when) {
    bool agreed = true;
    std::unordered_map<const row_timeline*, const seen_version*> rows;
    const violation_kind kind =
        when.snapshot ? violation_kind::snapshot_moved : violation_kind::torn_snapshot;
    const auto report_two = [&](const row_timeline& on, rank around, std::uint32_t one,
                                std::uint32_t two) {
        agreed = false;
        std::string text = describe_row(on.row()) + ": two states of it in one snapshot\n" +
                           describe_read(part_.reads[one], part_);
        if (one != two) text += describe_read(part_.reads[two], part_);
        report(kind, text + describe_versions(on, part_, around));
    };
    for (const seen_version& version : seen.versions) {
        const auto [first, inserted] = rows.try_emplace(version.on, &version);
        // Whoever does not show the owner shows less, not something else.
        if (!inserted && first->second->entry->at / 2 != version.entry->at / 2) {
            report_two(*version.on, version.entry->at, first->second->read, version.read);
        }
    }
    for (const seen_owner& owner : seen.owners) {
        const auto found = rows.find(owner.on);
        if (found == rows.end() || owner.allows(*found->second->entry)) continue;
        const version_entry* made = owner.on->consequence_of(*found->second->entry);
        if (made != nullptr && owner.allows(*made) && made->owner != gone) continue;
        report_two(*owner.on, found->second->entry->at, found->second->read, owner.read);
    }
    return agreed;
}

pass::ranks pass::ranks_implied(const observation& seen, nanoseconds earliest) const {
    ranks implied;
    if (seen.versions.size() + seen.owners.size() < 2) return implied;
    for (const seen_version& version : seen.versions) {
        const rank known = version.on->frontier_before(earliest).at;
        for (const version_entry& entry : version.on->versions_from(known + 1)) {
            if (entry.at > version.entry->at) break;
            if (entry.ends_as != fate::visible || entry.transaction == no_transaction) continue;
            for (const effect& made : effects_[entry.transaction]) {
                rank& least = implied[made.on];
                least = std::max(least, made.at);
            }
        }
    }
    return implied;
}

void pass::check_observation(const observation& seen, interval when, nanoseconds known_at) {
    if (!agrees(seen, when)) return;
    const nanoseconds earliest = earliest_moment(seen, when);
    const ranks implied = ranks_implied(seen, earliest);
    const auto least_of = [&](const row_timeline& on) {
        const auto found = implied.find(&on);
        return found == implied.end() ? 0 : found->second;
    };
    for (const seen_version& version : seen.versions) {
        const read_operation& read = part_.reads[version.read];
        const version_entry& entry = *version.entry;
        if (entry.transaction != no_transaction &&
            part_.transactions[entry.transaction].committing > when.until) {
            report(
                when.snapshot ? violation_kind::snapshot_moved : violation_kind::uncommitted_read,
                describe_row(version.on->row()) + ": version " + std::to_string(entry.at / 2) +
                    (when.snapshot ? " is newer than the snapshot\n" : " was not committed yet\n") +
                    describe_read(read, part_) + describe_versions(*version.on, part_, entry.at));
            continue;
        }
        const frontier_point& known = version.on->frontier_before(earliest);
        if (known.at > entry.at || least_of(*version.on) > entry.at) {
            const bool stale = version.on->frontier_before(when.from).at > entry.at;
            report(stale ? violation_kind::stale_row : violation_kind::torn_snapshot,
                   describe_row(version.on->row()) + ": version " + std::to_string(entry.at / 2) +
                       (stale ? " was old before the read began\n"
                              : " was old when what else was seen was committed\n") +
                       describe_read(read, part_) + describe_evidence(known, part_) +
                       describe_versions(*version.on, part_, entry.at));
            continue;
        }
        raise(*version.on, entry.at, known_at, version.read);
    }
    for (const seen_owner& owner : seen.owners) {
        const read_operation& read = part_.reads[owner.read];
        const frontier_point& known = owner.on->frontier_before(earliest);
        const version_entry* entry =
            first_allowed(owner, std::max(known.at, least_of(*owner.on)), when.until);
        if (entry == nullptr) {
            const frontier_point& sure = owner.on->frontier_before(when.from);
            const bool missing = first_allowed(owner, sure.at, when.until) == nullptr;
            report(missing ? violation_kind::missing_row : violation_kind::torn_snapshot,
                   describe_row(owner.on->row()) +
                       (missing ? ": the answer is not true of any of its possible states\n"
                                : ": the answer was not true any more when what else was seen was "
                                  "committed\n") +
                       describe_read(read, part_) + describe_evidence(known, part_) +
                       describe_versions(*owner.on, part_, known.at));
            continue;
        }
        raise(*owner.on, entry->at, known_at, owner.read);
    }
}

void pass::commit(std::uint32_t number) {
    if (visible_[number] != 0) return;
    visible_[number] = 1;
    const nanoseconds when = part_.transactions[number].ended;
    for (const effect& made : effects_[number])
        raise(*made.on, made.at, when, no_transaction);
}

void pass::raise(row_timeline& timeline, rank to, nanoseconds when, std::uint32_t read) {
    std::vector<effect> work{{&timeline, to}};
    while (!work.empty()) {
        const effect next = work.back();
        work.pop_back();
        const rank reached = next.on->frontier().at;
        if (next.at <= reached) continue;
        next.on->advance({when, next.at, read});
        // Who has seen a version has seen everything of its transaction, and of those before.
        for (const version_entry& entry : next.on->versions_from(reached + 1)) {
            if (entry.at > next.at) break;
            if (entry.ends_as != fate::visible || entry.transaction == no_transaction ||
                visible_[entry.transaction] != 0) {
                continue;
            }
            visible_[entry.transaction] = 1;
            const auto& effects = effects_[entry.transaction];
            work.insert(work.end(), effects.begin(), effects.end());
        }
    }
}

void pass::count(const read_operation& read, const observation& seen) {
    statistics& counts = verdict_.counts;
    counts.rows += read.rows.size();
    bool raced = false;
    bool ambushed = false;
    const auto look = [&](const row_timeline& on) {
        const frontier_point& known = on.frontier_before(read.invoked);
        ambushed = ambushed || (read.loop_started != never && known.since >= read.loop_started);
        for (const version_entry& entry : on.versions_from(known.at)) {
            if (entry.transaction == no_transaction || entry.transaction == read.transaction) {
                continue;
            }
            const transaction& by = part_.transactions[entry.transaction];
            raced = raced || (by.started < read.responded && by.ended > read.invoked);
            if (by.started > read.responded) break;
        }
    };
    for (const seen_version& version : seen.versions)
        look(*version.on);
    for (const seen_owner& owner : seen.owners)
        look(*owner.on);
    counts.raced += raced ? 1U : 0U;
    counts.ambushed += ambushed ? 1U : 0U;
}

void pass::report(violation_kind kind, std::string text) {
    report({kind, std::move(text)});
}

void pass::report(violation found) {
    ++verdict_.violation_count;
    if (verdict_.violations.size() < violations_kept_max) {
        verdict_.violations.push_back(std::move(found));
    }
}

}  // namespace

statistics& statistics::operator+=(const statistics& other) {
    reads += other.reads;
    rows += other.rows;
    writes += other.writes;
    transactions += other.transactions;
    unknown_outcomes += other.unknown_outcomes;
    raced += other.raced;
    ambushed += other.ambushed;
    return *this;
}

checker::checker() : timelines_(std::make_unique<timeline_set>()) {}
checker::~checker() = default;

verdict checker::check(const history& part) {
    return pass(*timelines_, part).run();
}

}  // namespace pgfold::consistency
