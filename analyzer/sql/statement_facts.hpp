// What the parse tree says about a statement: fills the facts of a statement_template.
#pragma once

#include "analyzer/sql/comparison_reader.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql {

// Fills kind, tables, functions, keys, roles, flags and verdicts. parameter_count must be set.
// Recurses: call it on a parse_stack.
void collect_facts(const PgQuery__ParseResult& tree, const parameter_numbers& numbers,
                   statement_template& out);

}  // namespace pgfold::sql
