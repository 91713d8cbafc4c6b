// Writers that bypass this pgfold, as a replication stream tells of them (replication/), and until
// when it is known that there were no others.
//
// What a valid answer is worth then: the stream is asked again and again how far the server has
// got, and once it has brought everything up to there, every write that anybody could see when it
// was asked has changed a version. That moment is `known`; an answer is valid only while now -
// known is at most max_lag. So it is one that the server itself could have given at most max_lag
// ago.
//
// What is not followed counts as being written, and so nothing of it is valid: everything while the
// stream is closed, and for as long as it is open each table that it does not cover. Both are
// writers in flight in the entries that readers look at anyway; so it costs them only a look at the
// clock. Opening the stream makes every older stamp invalid: what was written in between, nobody
// has told.
//
// Flow, by whoever runs the stream; thread-safe against readers, but with one caller:
//
//     open(covered)                    once changes come, from everything committed from here on
//     note_commit(tables, everything)  each transaction
//     cover(covered)                   other tables are followed now
//     note_known(at, max_lag)          all that was visible at that moment has been told
//     close(reason) | give_up(reason)
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "analyzer/catalog/relation.hpp"
#include "proxy/freshness/table_entry.hpp"

namespace pgfold::freshness {

class database_versions;

using steady_time = std::chrono::steady_clock::time_point;
using table_set = std::unordered_set<catalog::oid>;

struct stream_hooks {
    steady_time (*clock)() = nullptr;  // null: there are no streams
    // A reader has asked for the first time since take_wanted(). On its thread: must not block.
    std::function<void(const database_versions&)> on_wanted;
};

enum class stream_state : std::uint8_t {
    closed,     // nothing is valid
    following,  // what it covers is, as far as it is known
    given_up,   // it cannot be had: only an answer's age bounds how old it is
};

class outside_writers {
public:
    outside_writers(database_versions& database, stream_hooks hooks);
    outside_writers(const outside_writers&) = delete;
    outside_writers& operator=(const outside_writers&) = delete;

    // Readers.
    void note_wanted() const {
        if (!wanted_.load(std::memory_order_relaxed)) tell_wanted();
    }
    [[nodiscard]] bool are_known_now() const;

    // The stream.
    void open(table_set covered);
    void cover(table_set covered);
    void note_commit(const std::vector<catalog::oid>& tables, bool everything);
    void note_known(steady_time at, std::chrono::milliseconds max_lag);
    void close(std::string reason);
    void give_up(std::string reason);
    void explain(std::string reason);  // why nothing is valid yet; changes nothing
    // Whether a reader has asked since the last call.
    [[nodiscard]] bool take_wanted() { return wanted_.exchange(false); }

    struct status {
        stream_state state = stream_state::closed;
        std::string reason;   // empty while following
        steady_time known{};  // zero: never
        std::size_t covered = 0;
    };
    [[nodiscard]] status current() const;
    [[nodiscard]] bool covers(catalog::oid table) const;

    // database_versions, which holds its lock on the tables.
    void on_new_table(catalog::oid id, table_entry& entry);
    [[nodiscard]] table_entry& never_covered() { return never_covered_; }

private:
    static constexpr std::int64_t for_ever = INT64_MAX;
    static constexpr std::int64_t never = INT64_MIN;

    void tell_wanted() const;
    void change_covered(table_set covered, bool all);
    [[nodiscard]] bool is_covered(catalog::oid id) const { return all_ || covered_.contains(id); }

    database_versions& database_;
    const stream_hooks hooks_;
    mutable std::atomic<bool> wanted_{false};
    std::atomic<std::int64_t> valid_until_{never};  // by the clock
    table_entry never_covered_;                     // of the tables that have no entry of their own

    // Under the database's lock on its tables.
    table_set covered_;
    bool all_ = false;

    mutable std::mutex status_mutex_;
    status status_;
};

}  // namespace pgfold::freshness
