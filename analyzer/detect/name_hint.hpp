// Do the names say that a lookup's key belongs to a result column? organization_id ~
// organization.id, product.id ~ product_id, country.code ~ country_code, or simply the same column.
// Names rank and relax; they never rule anything out, since schemas are free to call a column
// anything.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::detect {

struct named_column {
    std::string table;   // empty when it cannot be told
    std::string column;  // without the alias
};

// The real column behind a result column's label, from the text's "x.id AS label", else the label
// itself and, where the statement reads one table, that table.
[[nodiscard]] named_column resolve_column(const sql::statement_template& statement,
                                          std::string_view label);

[[nodiscard]] bool names_agree(std::string_view child_table, std::string_view child_column,
                               const named_column& parent);

}  // namespace pgfold::detect
