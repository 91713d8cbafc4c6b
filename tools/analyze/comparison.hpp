// Two analyses side by side, such as before and after a release: what got worse.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/analyze/traffic_analysis.hpp"

namespace pgfold::analyze {

// Of one statement, whoever ran it.
struct statement_numbers {
    std::uint64_t calls = 0;
    double mean_ms = 0, p95_ms = 0, total_ms = 0;
};

struct statement_change {
    sql::template_ptr statement;
    statement_numbers before, after;
    double extra_ms = 0;  // what the calls after cost more than they would have before
};

struct loop_change {
    detect::finding before, after;  // of the same statements
};

struct comparison {
    std::vector<detect::finding> new_loops, gone_loops;
    std::vector<loop_change> longer_loops;        // more lookups in each
    std::vector<statement_change> slower;         // by extra_ms, largest first
    std::vector<statement_change> more_frequent;  // in relation to all calls
    std::vector<query_habit> new_habits;

    [[nodiscard]] bool nothing_worse() const {
        return new_loops.empty() && longer_loops.empty() && slower.empty() &&
               more_frequent.empty() && new_habits.empty();
    }
};

[[nodiscard]] comparison compare(const traffic_analysis& before, const traffic_analysis& after);

}  // namespace pgfold::analyze
