// Whether the rows of a lookup leave any choice: how many there may be, and in which order.
//
// Both answer true only for what is proven, by a unique index that holds over the whole of the one
// table that is read. For a template, in microseconds: ask once and remember, with the catalog.
//
// `parameter_types[n - 1]` is the type of the bound parameter $n, as the server describes it; it
// matters because `bigint_column = $1::float8` is true of several values. 0 or missing: not known,
// then its comparison proves nothing. Literals need none. `path` is as in effects_of().
//
// Not asked here: whether the session has hidden the table behind a temporary one.
#pragma once

#include <span>

#include "analyzer/catalog/catalog.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::catalog {

// With given values for all parameters it returns no row or one: the columns that it compares
// (under AND) cover a unique index, or it aggregates without GROUP BY.
[[nodiscard]] bool at_most_one_row(const catalog& known, const sql::statement_template& statement,
                                   std::span<const oid> parameter_types,
                                   const search_path* path = nullptr);

// Its rows come in one order only, so that a LIMIT also has one answer only: ORDER BY, together
// with the columns compared, covers a unique index and leaves no ties; or there is at most one row.
// Aggregates with GROUP BY and window functions are not judged.
[[nodiscard]] bool order_is_total(const catalog& known, const sql::statement_template& statement,
                                  std::span<const oid> parameter_types,
                                  const search_path* path = nullptr);

}  // namespace pgfold::catalog
