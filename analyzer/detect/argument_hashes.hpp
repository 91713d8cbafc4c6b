// What of an execution's arguments its series is sorted by, as hashes of canonical values.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "analyzer/detect/canonical_value.hpp"
#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/detect/stored_result.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::detect {

struct hashed_arguments {
    std::uint64_t all = 1;
    std::uint64_t signature = 0;  // of those that must be constant in a loop
    std::uint64_t others = 1;     // neither key nor written value
    std::array<std::uint64_t, result_record::keys_max> keys{};
    std::array<value_kind, result_record::keys_max> kinds{};
};

// Looks at the first 64 arguments; allocates nothing.
[[nodiscard]] hashed_arguments hash_arguments(const sql::statement_template& statement,
                                              std::span<const argument> arguments);

}  // namespace pgfold::detect
