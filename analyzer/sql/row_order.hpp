// What the rows of a query over one table are sorted by: fills reads_one_table and order_columns of
// a template.
#pragma once

#include "analyzer/sql/statement_template.hpp"
#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql {

// More sort keys than that are not looked at.
inline constexpr std::size_t order_columns_max = 32;

// `out` has all other facts already.
void read_row_order(const PgQuery__SelectStmt& query, statement_template& out);

}  // namespace pgfold::sql
