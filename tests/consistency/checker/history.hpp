// What clients of a database did and saw: the input of the checker.
//
// Every row carries `version`, which each UPDATE raises by one under the row's lock, and `writer`,
// a number that no other statement uses. So the database itself puts the writes of a row in order,
// and a row that is read names the write it comes from. Rows that are deleted never return under
// the same id, but for those whose versions are dealt out by another row (the slot tables).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "tests/consistency/checker/relation.hpp"

namespace pgfold::consistency {

using nanoseconds = std::int64_t;  // of the monotonic clock
inline constexpr nanoseconds never = std::numeric_limits<nanoseconds>::max();

struct row_id {
    relation in = relation::parent;
    std::int64_t id = 0;
    auto operator<=>(const row_id&) const = default;
};

// What lists a row: the parent of a child, the partition of a row, whether a role may see it.
using owner_id = std::int64_t;
inline constexpr owner_id nobody = 0;  // SQL NULL, or a row that nothing lists
inline constexpr owner_id gone = std::numeric_limits<owner_id>::min();           // no such row
inline constexpr owner_id unknown_owner = std::numeric_limits<owner_id>::max();  // was not read

inline constexpr std::uint32_t no_transaction = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint32_t not_undone = std::numeric_limits<std::uint32_t>::max();

enum class outcome : std::uint8_t {
    committed,
    aborted,
    unknown,  // the connection was lost while it committed
};

struct transaction {
    std::uint16_t client = 0;
    outcome ended_as = outcome::aborted;
    bool repeatable_read = false;
    nanoseconds started = 0;
    nanoseconds committing = never;  // when the statement that commits was sent
    nanoseconds ended = never;       // when its answer was there
    // REPEATABLE READ: its snapshot was taken in between.
    nanoseconds snapshot_from = never;
    nanoseconds snapshot_until = never;
};

struct row_write {
    row_id row;
    std::int64_t version = 0;
    std::uint64_t writer = 0;
    owner_id owner = nobody;
    owner_id owner_before = unknown_owner;
    std::uint32_t transaction = no_transaction;
    std::uint32_t statement = 0;           // its place in the transaction
    std::uint32_t undone_at = not_undone;  // the statement that rolled it back to a savepoint
};

struct seen_row {
    row_id row;
    std::int64_t version = 0;
    std::uint64_t writer = 0;
    owner_id owner = unknown_owner;
};

// The statement would have returned every row of `in` that `owner` lists and whose id is greater.
struct listing {
    static constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::min();

    relation in = relation::child;
    owner_id owner = nobody;
    std::int64_t after = everything;
    bool ordered = false;  // by id
};

// The answer means that `row` was, or was not, listed by `owner`.
struct condition {
    row_id row;
    owner_id owner = gone;
    bool holds = true;
};

struct read_operation {
    const char* query = "";  // a name with static storage
    std::uint16_t client = 0;
    bool locking = false;              // FOR UPDATE: sees more than its snapshot
    nanoseconds loop_started = never;  // when the list that it loops over was there
    nanoseconds invoked = 0;
    nanoseconds responded = 0;
    std::uint32_t transaction = no_transaction;
    std::uint32_t statement = 0;
    std::vector<seen_row> rows;
    std::vector<listing> listings;
    std::vector<condition> conditions;
};

struct history {
    std::vector<transaction> transactions;
    std::vector<row_write> writes;
    std::vector<read_operation> reads;

    [[nodiscard]] std::size_t size() const { return writes.size() + reads.size(); }
    void append(history&& other);  // its transactions are renumbered
};

}  // namespace pgfold::consistency

template <>
struct std::hash<pgfold::consistency::row_id> {
    std::size_t operator()(const pgfold::consistency::row_id& row) const noexcept {
        const auto id = static_cast<std::uint64_t>(row.id) * 0x9E37'79B9'7F4A'7C15U;
        return static_cast<std::size_t>(id ^ (id >> 29U) ^
                                        (static_cast<std::uint64_t>(row.in) << 50U));
    }
};
