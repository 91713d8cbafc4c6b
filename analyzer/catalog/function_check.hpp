// What calling a function may do: write tables, read what nobody sees. Private to this folder.
#pragma once

#include <string_view>

#include "analyzer/catalog/effect_notes.hpp"

namespace pgfold::catalog {

// By name, as a statement's text has it; all functions that the name may stand for count. `known`
// may be null: then only PostgreSQL's own are known.
void check_function(std::string_view name, const catalog* known, const effect_rules& rules,
                    effect_notes& notes);

// By number, as an expression of the catalog has it.
void check_call(const call& made, const catalog& known, const effect_rules& rules,
                effect_notes& notes);
void check_expression(const expression_facts& facts, std::string_view owner, const catalog& known,
                      const effect_rules& rules, effect_notes& notes);

// Functions that the text does not name: `t.f`, operators, casts, domains.
void check_unnamed_calls(const sql::statement_template& statement, const catalog& known,
                         const effect_rules& rules, effect_notes& notes);

}  // namespace pgfold::catalog
