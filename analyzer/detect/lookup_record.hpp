// One execution of a statement that may turn out to be part of a loop.
#pragma once

#include <array>
#include <cstdint>

#include "analyzer/detect/stored_result.hpp"

namespace pgfold::detect {

struct lookup_record {
    execution_id id = 0;
    std::uint64_t connection_id = 0;
    std::uint64_t event = 0;  // its number among the connection's events
    timestamp start;
    std::chrono::nanoseconds duration{0};
    std::uint64_t rows = 0;
    std::uint64_t arguments = 0;  // hash of all of them
    std::array<std::uint64_t, result_record::keys_max>
        keys{};  // hashes of those in key comparisons
    std::uint32_t window = 0;
    bool finished = false;
    bool skipped = false;  // the server ignored it
    bool local = false;    // pgfold answered it
    bool touched = false;  // some recent result holds its keys
    bool settled = false;  // belongs to a loop that has been reported
};

}  // namespace pgfold::detect
