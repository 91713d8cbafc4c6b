// What the parse tree says about a statement: fills the facts of a statement_template.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "analyzer/sql/statement_template.hpp"
#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql {

// Offset of a constant in the parsed text → number of its parameter in the normalized text.
using parameter_numbers = std::unordered_map<std::int32_t, std::uint16_t>;

// Fills kind, tables, functions, keys, roles, flags and verdicts. parameter_count must be set.
// Recurses: call it on a parse_stack.
void collect_facts(const PgQuery__ParseResult& tree, const parameter_numbers& numbers,
                   statement_template& out);

}  // namespace pgfold::sql
