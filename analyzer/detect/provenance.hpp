// Is this a loop over the rows of that result? Pure functions of touches and lookups.
//
// The keys of a loop follow the rows of one result: the next row, or after a few skipped ones, in
// either direction. NULLs, repeats and values asked before are free. Rows skipped may be asked for
// later. Lookups that only happen to hit small integers jump about instead.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/detect/key_source.hpp"

namespace pgfold::detect {

struct proof_rules {
    std::uint32_t rows_min = 5;          // fed by one execution
    std::uint32_t skip_max = 8;          // values passed over by one step
    double cost_share_max = 0.5;         // values passed over for good, of those asked for
    double exact_share_min = 0.8;        // steps to the very next value
    double exact_share_named_min = 0.5;  // the same where names or foreign keys agree
    double explained_share_min = 0;      // lookups explained between the first and the last one
    std::uint32_t unordered_rows_min = 8;
    bool any_order = true;  // also loops that filter or shuffle the rows
};

enum class parent_role : std::uint8_t {
    plain,  // one execution must feed the loop
    loop,   // the parent is itself a loop: its executions are summed
    self,   // a tree: the parent is the child
};

struct assignment {
    std::uint64_t lookup = 0;
    std::uint32_t result = 0;
};

struct judgement {
    bool accepted = false;
    row_order order = row_order::forward;
    std::uint32_t fed = 0;                // distinct values
    std::uint32_t cost = 0;               // values passed over and not asked for later
    std::vector<assignment> assignments;  // lookups explained, in order
    std::vector<row_progress> progress;   // per result, were the judgement to stand
    double density = 1;                   // lookups explained between the first and the last one
    // A source that explains a stretch of lookups without gaps beats one that hits more of them
    // here and there.
    [[nodiscard]] double score(const key_source& source) const {
        return static_cast<double>(assignments.size()) * density - cost + (source.named ? 2 : 0);
    }
};

// `lookups` are those of the series from number `first` on. Settled ones are passed over.
[[nodiscard]] judgement judge(key_source& source, std::span<const lookup_record> lookups,
                              std::uint64_t first, parent_role role, const proof_rules& rules);

}  // namespace pgfold::detect
