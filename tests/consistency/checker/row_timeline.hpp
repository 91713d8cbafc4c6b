// All that is known about one row: its versions, and since when each was known to be committed.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "tests/consistency/checker/history.hpp"

namespace pgfold::consistency {

// The order of a row's states. What a foreign key's action does to a row raises no version: it
// comes between two.
using rank = std::int64_t;
[[nodiscard]] constexpr rank rank_of(std::int64_t version) {
    return 2 * version;
}

enum class fate : std::uint8_t {
    visible,  // others may see it once its transaction is committed
    inner,    // its own transaction wrote the row again
    undone,   // rolled back to a savepoint
    aborted,
};

struct version_entry {
    rank at = 0;
    std::uint64_t writer = 0;
    owner_id owner = gone;
    owner_id owner_before = unknown_owner;
    std::uint32_t transaction = no_transaction;  // none: from before this part of the history
    fate ends_as = fate::visible;
};

// From `since` on nobody may see less than `at`.
struct frontier_point {
    nanoseconds since = std::numeric_limits<nanoseconds>::min();
    rank at = 0;
    // Who knew: the read of that number, or none: the commit of that version was acknowledged.
    std::uint32_t read = no_transaction;
};

class row_timeline {
public:
    // A row that nobody has written does not exist: that is its version 0.
    explicit row_timeline(row_id row) : row_(row), versions_(1), frontier_(1) {}

    [[nodiscard]] row_id row() const { return row_; }
    [[nodiscard]] const std::vector<version_entry>& versions() const { return versions_; }
    [[nodiscard]] std::vector<version_entry>& versions() { return versions_; }

    void sort_versions();
    [[nodiscard]] const version_entry* find(std::int64_t version, std::uint64_t writer) const;
    // Those of that rank and higher.
    [[nodiscard]] std::span<const version_entry> versions_from(rank at) const;
    // The state that a foreign key's action made of that version, if it did.
    [[nodiscard]] const version_entry* consequence_of(const version_entry& entry) const;
    [[nodiscard]] const version_entry* last_visible() const;

    // What was known before `when`, not at it: two things of one moment are concurrent.
    [[nodiscard]] const frontier_point& frontier_before(nanoseconds when) const;
    [[nodiscard]] const frontier_point& frontier() const { return frontier_.back(); }
    // In the order of time.
    void advance(const frontier_point& to) { frontier_.push_back(to); }

    // Forgets everything but the state at the frontier, which becomes the beginning.
    void collapse();

private:
    row_id row_;
    std::vector<version_entry> versions_;   // by rank
    std::vector<frontier_point> frontier_;  // by time and rank
};

}  // namespace pgfold::consistency
