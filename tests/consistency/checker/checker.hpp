// Decides whether a history could have come from PostgreSQL.
//
// Flow: checker c; for each part of a history, with all clients at rest in between: c.check(part).
//
// A read is right if there is a moment between its invocation and its response (REPEATABLE READ:
// those of the transaction's first query) whose committed state is what it saw, its own
// transaction's writes aside. The moment is bounded from below by every version that was known to
// be committed before the read began: acknowledged to its writer or seen by any other read, and
// with a version everything else that its transaction wrote. It is bounded, too, by what the read
// itself has seen: not before the commits that it saw were asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "tests/consistency/checker/history.hpp"
#include "tests/consistency/checker/violation.hpp"

namespace pgfold::consistency {

struct statistics {
    std::size_t reads = 0;
    std::size_t rows = 0;
    std::size_t writes = 0;
    std::size_t transactions = 0;
    std::size_t unknown_outcomes = 0;
    // Reads that met a transaction which wrote what they read and was not yet over.
    std::size_t raced = 0;
    // Lookups of loops whose rows somebody else had changed since the loop's list was read: an
    // answer prepared with the list would have been wrong.
    std::size_t ambushed = 0;

    statistics& operator+=(const statistics& other);
};

struct verdict {
    statistics counts;
    std::size_t violation_count = 0;
    std::vector<violation> violations;  // the first ones
};

class timeline_set;

class checker {
public:
    checker();
    ~checker();
    checker(const checker&) = delete;
    checker& operator=(const checker&) = delete;

    [[nodiscard]] verdict check(const history& part);

private:
    std::unique_ptr<timeline_set> timelines_;
};

}  // namespace pgfold::consistency
