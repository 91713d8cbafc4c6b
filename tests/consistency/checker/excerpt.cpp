#include "tests/consistency/checker/excerpt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "tests/consistency/checker/violation.hpp"

namespace pgfold::consistency {
namespace {

constexpr std::size_t rows_shown_max = 12;

std::string describe_owner(owner_id owner) {
    if (owner == gone) return "deleted";
    if (owner == nobody || owner == unknown_owner) return "";
    return fmt::format("of {}", owner);
}

std::string describe_transaction(std::uint32_t number, const history& part) {
    if (number == no_transaction) return "before";
    const transaction& done = part.transactions[number];
    const char* how = done.ended_as == outcome::committed ? "committed"
                      : done.ended_as == outcome::aborted ? "rolled back"
                                                          : "end unknown";
    return fmt::format("client {} from {}, commit sent {}, answered {}, {}", done.client,
                       describe_time(done.started), describe_time(done.committing),
                       describe_time(done.ended), how);
}

}  // namespace

std::string_view name_of(violation_kind kind) {
    switch (kind) {
        case violation_kind::malformed_answer:
            return "malformed_answer";
        case violation_kind::unwritten_row:
            return "unwritten_row";
        case violation_kind::aborted_read:
            return "aborted_read";
        case violation_kind::uncommitted_read:
            return "uncommitted_read";
        case violation_kind::stale_row:
            return "stale_row";
        case violation_kind::missing_row:
            return "missing_row";
        case violation_kind::torn_snapshot:
            return "torn_snapshot";
        case violation_kind::snapshot_moved:
            return "snapshot_moved";
        case violation_kind::lost_own_write:
            return "lost_own_write";
        case violation_kind::wrong_owner:
            return "wrong_owner";
        case violation_kind::lost_update:
            return "lost_update";
        case violation_kind::unexplained_write:
            return "unexplained_write";
    }
    return "unknown";
}

std::string describe_row(row_id row) {
    return fmt::format("{} {}", facts_of(row.in).name, row.id);
}

std::string describe_time(nanoseconds time) {
    if (time == never) return "never";
    // The last hundred seconds are what tells operations apart.
    return fmt::format("{:.3f} ms", static_cast<double>(time % 100'000'000'000) / 1e6);
}

std::string describe_read(const read_operation& read, const history& part) {
    std::string text = fmt::format("  client {} {}{}, sent {}, answered {}", read.client,
                                   read.query, read.locking ? " FOR UPDATE" : "",
                                   describe_time(read.invoked), describe_time(read.responded));
    if (read.transaction != no_transaction) {
        const transaction& around = part.transactions[read.transaction];
        text += fmt::format(", statement {} of a {} transaction", read.statement,
                            around.repeatable_read ? "REPEATABLE READ" : "READ COMMITTED");
        if (around.repeatable_read) {
            text +=
                fmt::format(" with a snapshot from {} to {}", describe_time(around.snapshot_from),
                            describe_time(around.snapshot_until));
        }
    }
    for (const listing& list : read.listings) {
        text += fmt::format("\n    all {} of {}", facts_of(list.in).name, list.owner);
    }
    for (const condition& seen : read.conditions) {
        text += fmt::format("\n    {} is {}{}", describe_row(seen.row), seen.holds ? "" : "not ",
                            describe_owner(seen.owner));
    }
    for (std::size_t i = 0; i < std::min(read.rows.size(), rows_shown_max); ++i) {
        const seen_row& row = read.rows[i];
        text += fmt::format("\n    saw {} version {} by {:x} {}", describe_row(row.row),
                            row.version, row.writer, describe_owner(row.owner));
    }
    if (read.rows.size() > rows_shown_max) {
        text += fmt::format("\n    and {} more", read.rows.size() - rows_shown_max);
    }
    return text + "\n";
}

std::string describe_versions(const row_timeline& timeline, const history& part, rank around) {
    std::string text;
    for (const version_entry& entry : timeline.versions()) {
        if (std::abs(entry.at - around) > 6) continue;
        text += fmt::format("  {} version {}{} by {:x} {}: {}{}\n", describe_row(timeline.row()),
                            entry.at / 2, entry.at % 2 != 0 ? " after its foreign key" : "",
                            entry.writer, describe_owner(entry.owner),
                            describe_transaction(entry.transaction, part),
                            entry.ends_as == fate::inner    ? ", overwritten in it"
                            : entry.ends_as == fate::undone ? ", rolled back to a savepoint"
                                                            : "");
    }
    return text;
}

std::string describe_evidence(const frontier_point& point, const history& part) {
    if (point.read == no_transaction) {
        return fmt::format("  version {} was acknowledged at {}\n", point.at / 2,
                           describe_time(point.since));
    }
    return fmt::format("  version {} was known to be committed by {}, by this:\n{}", point.at / 2,
                       describe_time(point.since), describe_read(part.reads[point.read], part));
}

}  // namespace pgfold::consistency
