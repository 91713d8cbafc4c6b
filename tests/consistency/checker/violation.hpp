// What can be wrong with an answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgfold::consistency {

enum class violation_kind : std::uint8_t {
    malformed_answer,   // rows of another key, a row twice, rows out of order
    unwritten_row,      // nobody wrote it, or it belongs to another table, or is long gone
    aborted_read,       // it was rolled back, or overwritten before its transaction ended
    uncommitted_read,   // its commit had not been asked for
    stale_row,          // a newer version was known to be committed before the read began
    missing_row,        // a row that was there is not in the answer, or is taken for gone
    torn_snapshot,      // parts of one answer, or of one snapshot, are of different moments
    snapshot_moved,     // REPEATABLE READ: newer than the snapshot, or two states of one row
    lost_own_write,     // the transaction's own write is not seen, or one that it took back is
    wrong_owner,        // the version is right, but it stands in another row's list
    lost_update,        // two transactions committed the same version of a row
    unexplained_write,  // a version that none of the clients wrote
};

[[nodiscard]] std::string_view name_of(violation_kind kind);

struct violation {
    violation_kind kind = violation_kind::stale_row;
    std::string text;  // what was seen and why it cannot be, in several lines
};

}  // namespace pgfold::consistency
