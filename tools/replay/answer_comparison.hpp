// Two lists of answers to the same statements: what differs, and what may.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/replay/moment.hpp"
#include "tools/replay/recording.hpp"

namespace pgfold::replay {

struct answers_of_pass {
    std::vector<const answer_store*> conversations;  // in the recording's order
    time_window window;
};

struct difference {
    std::size_t conversation = 0;
    std::size_t number = 0;  // of the statement in its conversation, from 1
    sql::template_ptr statement;
    std::string what;      // "row 3 differs", "42P01 instead of 5 rows"
    std::string expected;  // the first row that differs; values as text
    std::string got;
};

struct compared {
    std::uint64_t statements = 0;
    std::uint64_t equal = 0;
    // Different, as they have to be: sequences, clocks, random values, process and transaction
    // numbers; and rows in another order, where none was asked for.
    std::uint64_t set_aside = 0;
    std::uint64_t reordered = 0;
    std::uint64_t different = 0;
    std::vector<difference> differences;  // the first ones
};

[[nodiscard]] compared compare(const answers_of_pass& expected, const answers_of_pass& got);

}  // namespace pgfold::replay
