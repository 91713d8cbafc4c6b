// Lookups as ORMs and people write them, and what is known about batching them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pgfold::test {

extern const char* const child_schema;

struct child_case {
    std::string name;
    std::string text;                              // keys and constants as $1, $2 …
    std::vector<std::uint16_t> keys;               // which of them are keys
    std::vector<std::vector<std::string>> values;  // of the keys; some find nothing
    std::vector<std::string> constants;            // of the others, in their order
    // Why there is no rewrite; empty: there must be one.
    std::string no_any, no_lateral;
    bool in_order = true;              // the order of one key's rows is fixed by the text
    std::vector<std::uint32_t> types;  // declared in Parse
};

[[nodiscard]] const std::vector<child_case>& child_cases();

}  // namespace pgfold::test
