// What the catalog knows about a column pair. Detection works without it: then order, exactness and
// names decide. Where it is known, "unrelated" vetoes a pair of columns that merely share small
// integers, and "related" counts as much as names that agree.
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::detect {

enum class key_relation : std::uint8_t { unknown, related, unrelated };

// Called under no lock, from any thread; must answer from memory.
class foreign_keys {
public:
    virtual ~foreign_keys() = default;
    // Does `child` compare a column that a foreign key, or being the same column, ties to this
    // column of a parent's result?
    [[nodiscard]] virtual key_relation relation(std::string_view database,
                                                std::uint32_t parent_table_oid,
                                                std::int16_t parent_attribute,
                                                const sql::key_comparison& child) const = 0;
};

}  // namespace pgfold::detect
