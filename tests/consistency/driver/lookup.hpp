// The queries of the loops, and what their answers say.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/consistency/checker/history.hpp"
#include "tests/consistency/driver/connection.hpp"
#include "tests/consistency/driver/schema.hpp"

namespace pgfold::consistency {

enum class shape : std::uint8_t {
    rows,        // id, owner, version, writer of all that $1 lists
    latest,      // the same of the one with the greatest id
    aggregate,   // count(*) and all of them in one text
    with_owner,  // id, owner, version, writer and the owner's version and writer
    one,         // version, writer of row $1
    one_owned,   // version, writer, owner of row $1
    bucket,      // id, owner, version, writer of rows that something else picks
    leaf,        // version, writer of row $1 if it is in the first partition
    list,        // id, version, writer of the whole table
};

struct lookup {
    const char* name = "";
    std::string text;
    shape how = shape::rows;
    relation in = relation::child;
    // TRUNCATE and DDL do not respect the snapshots of transactions that began before them.
    bool keeps_snapshot = true;
};

// What the session's settings make of a name.
struct read_context {
    char role = 0;  // 'a', 'b' or 0
    relation item = relation::item_east;
    std::int64_t item_offset = 0;  // temporary tables of all sessions share one relation
};

[[nodiscard]] std::span<const lookup> lookups_by_parent();
[[nodiscard]] std::span<const lookup> lookups_by_child();
[[nodiscard]] std::span<const lookup> lookups_by_fixed_id();
[[nodiscard]] const lookup& parents_of_group();
[[nodiscard]] const lookup& notes_of_bucket();
[[nodiscard]] const lookup& parent_by_id();
[[nodiscard]] const lookup& all_accounts();

// The same question in a form that only the server can answer: it calls a volatile function.
[[nodiscard]] lookup control_of(const lookup& original);

// Adds what the answer says to `read`. Returns the ids to loop over next (`bucket`: the owners).
std::vector<std::int64_t> interpret(const lookup& asked, std::int64_t key, const answer& got,
                                    const read_context& context, read_operation& read);

}  // namespace pgfold::consistency
