// A guess at where the keys of a lookup come from: these columns of the results of that statement.
// Lookups whose keys are found in one of its results leave a touch; provenance.hpp judges whether
// the touches look like a loop over the rows.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "analyzer/detect/lookup_record.hpp"
#include "analyzer/detect/stored_result.hpp"

namespace pgfold::detect {

// In which order a loop takes the rows of its parent.
enum class row_order : std::uint8_t { forward, backward, filtered, filtered_backward, unordered };

// How far a loop over one result has come.
struct row_progress {
    std::vector<std::uint64_t> asked;  // a bit per distinct value
    std::int64_t position = -1;        // of the furthest value asked for
    bool started = false;
    std::uint32_t fed = 0;  // distinct values asked for
    std::uint32_t repeats = 0;
    std::uint32_t last_place = 0;
    std::uint32_t beyond = 0;  // lookups past the rows that were kept

    [[nodiscard]] bool is_asked(std::uint32_t place) const {
        return place / 64 < asked.size() && (asked[place / 64] >> (place % 64) & 1) != 0;
    }
    void mark(std::uint32_t place) {
        if (place / 64 >= asked.size()) asked.resize(place / 64 + 1);
        asked[place / 64] |= std::uint64_t{1} << (place % 64);
    }
    // Values not asked for in [first, last).
    [[nodiscard]] std::uint32_t unasked(std::uint32_t first, std::uint32_t last) const;
};

struct feeding_result {
    std::shared_ptr<stored_result> result;
    execution_id id = 0;
    std::uint64_t connection_id = 0;
    std::uint64_t serial = 0;
    std::uint32_t distinct = 0;
    std::uint32_t values = 0;  // rows that are not NULL
    timestamp arrived;
    row_progress progress;
    std::uint32_t probes = 0, hits = 0;
    bool counted_as_run = false;
    std::uint64_t asleep_from = 0;  // first lookup not probed, or 0: too few keys were found in it
};

struct touch {
    std::uint64_t lookup = 0;  // number in the series
    std::uint32_t result = 0;  // position in `results`
    std::uint32_t place = 0;   // of the value among the distinct ones
};

struct key_source {
    sql::template_ptr statement;  // the parent
    column_tuple columns;
    std::vector<result_column> described;  // the same, as the parent's RowDescription has them
    std::vector<std::string> names;        // without aliases
    bool named = false;                    // names or foreign keys agree with the child's keys
    bool distinctive = false;              // values that no unrelated column holds by chance
    bool proven = false;
    row_order order = row_order::forward;  // of the proof
    std::vector<feeding_result> results;   // by arrival
    std::vector<touch> touches;
    bool touches_sorted = true;
};

}  // namespace pgfold::detect
