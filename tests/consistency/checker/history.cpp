#include "tests/consistency/checker/history.hpp"

#include <iterator>
#include <utility>

namespace pgfold::consistency {

void history::append(history&& other) {
    const auto offset = static_cast<std::uint32_t>(transactions.size());
    const auto renumber = [offset](std::uint32_t& number) {
        if (number != no_transaction) number += offset;
    };
    for (row_write& write : other.writes)
        renumber(write.transaction);
    for (read_operation& read : other.reads)
        renumber(read.transaction);
    transactions.insert(transactions.end(), other.transactions.begin(), other.transactions.end());
    writes.insert(writes.end(), other.writes.begin(), other.writes.end());
    reads.insert(reads.end(), std::make_move_iterator(other.reads.begin()),
                 std::make_move_iterator(other.reads.end()));
    other = {};
}

}  // namespace pgfold::consistency
