// Small readings of parse tree nodes.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql {

inline constexpr unsigned tree_levels_max = 4000;  // a level takes some hundred bytes of stack

// Null-safe.
[[nodiscard]] std::string_view view(const char* text);
// Of a String node; empty for any other.
[[nodiscard]] std::string_view string_of(const PgQuery__Node* node);

// "int4" of $1::integer: the grammar spells SQL's names as pg_catalog's, whose name is left out.
[[nodiscard]] std::string type_name(const PgQuery__TypeName* type);

struct peeled {
    const tree_node* node = nullptr;
    const PgQuery__TypeName* cast = nullptr;  // the outermost
};
// Looks through casts; parentheses leave no trace in the tree.
[[nodiscard]] peeled peel(const tree_node* node);
[[nodiscard]] peeled peel(const PgQuery__Node* node);

// Without schema.
[[nodiscard]] std::string_view operator_name(const PgQuery__AExpr& expression);
// Whether an operator other than "=" compares: < LIKE @> …
[[nodiscard]] bool is_comparison(std::string_view op);

// Schema-qualified where the text has it so.
[[nodiscard]] std::string function_name(const PgQuery__FuncCall& call);
// current_date and the like.
[[nodiscard]] std::string_view function_name(const PgQuery__SQLValueFunction& function);

}  // namespace pgfold::sql
