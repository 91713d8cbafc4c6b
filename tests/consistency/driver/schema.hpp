// The tables that the clients fight over, in schemas of their own.
#pragma once

#include <cstdint>
#include <string>

#include "tests/consistency/checker/history.hpp"

namespace pgfold::consistency {

// How much of each there is; few, so that everybody meets.
struct population {
    std::int64_t groups = 4;  // of parents
    std::int64_t parents_per_group = 12;
    std::int64_t children_per_parent = 3;
    std::int64_t fixed_rows = 20;  // of each table whose rows neither come nor go
    std::int64_t buckets = 3;      // of notes
};

inline constexpr std::int64_t membership_of_b = 1000;  // added to the secret's id
inline constexpr std::uint64_t writer_of_setup = 1;
inline constexpr std::int64_t version_of_setup = 1;

inline const std::string prepared_name_prefix = "consistency-";  // of transactions

// Statements that drop what a former run left, create everything and fill it.
[[nodiscard]] std::string setup_script(const population& size);
[[nodiscard]] std::string teardown_script();

// The rows that the script makes, as the writes of one committed transaction.
void record_setup(const population& size, history& into);

// What every connection of the check says first.
[[nodiscard]] std::string session_script();

}  // namespace pgfold::consistency
