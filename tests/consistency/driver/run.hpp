// A whole check: setup, clients, and the verdict on what they saw.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "tests/consistency/driver/faults.hpp"

namespace pgfold::consistency {

inline constexpr int exit_consistent = 0;
inline constexpr int exit_violations = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_vacuous = 3;  // nothing wrong was seen, but too little was seen
inline constexpr int exit_error = 4;    // the check itself could not go on

struct run_options {
    std::string url;        // what is checked
    std::string setup_url;  // where the tables are made; empty: the same
    std::uint64_t operations = 200'000;
    std::chrono::seconds duration_max{0};  // 0: however long the operations take
    std::uint16_t clients = 8;
    std::uint64_t seed = 0;
    // Between two parts of the history all clients rest, everything is read, and it is checked.
    std::uint64_t operations_per_part = 50'000;
    std::uint64_t violations_shown_max = 3;
    bool stop_at_violation = true;
    // Percent of the loops that something happens to. A proxy that sees what it has fetched go to
    // waste again and again will stop to fetch ahead, and then there is nothing to find.
    unsigned disturbance = 100;
    fault inject = fault::none;
    std::string model_blind_to;  // empty: no model; else one of blind_spot_names()
};

// Returns one of the statuses above.
[[nodiscard]] int run(const run_options& options, std::ostream& out);

}  // namespace pgfold::consistency
