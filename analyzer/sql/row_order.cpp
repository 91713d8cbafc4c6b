#include "analyzer/sql/row_order.hpp"

#include <algorithm>
#include <string_view>

#include "analyzer/sql/tree_reading.hpp"

namespace pgfold::sql {
namespace {

bool is_over_one_table(const PgQuery__SelectStmt& query, const statement_template& out) {
    if (out.has_subquery || out.has_cte || out.has_set_operation || query.n_from_clause != 1)
        return false;
    const auto* table = as<PgQuery__RangeVar>(query.from_clause[0]);
    // `FROM t AS x (a, b)`: the names of its columns say nothing.
    return table != nullptr && (table->alias == nullptr || table->alias->n_colnames == 0);
}

// The last part of `column`, `t.column`, `schema.t.column`; empty for anything else.
std::string_view column_name(const PgQuery__Node* node) {
    const auto* reference = as<PgQuery__ColumnRef>(node);
    if (reference == nullptr || reference->n_fields == 0) return {};
    return string_of(reference->fields[reference->n_fields - 1]);
}

// A bare name in ORDER BY means a column of the output before one of the table. Whether the output
// may have another column of that name.
bool hides(const PgQuery__ResTarget& target, std::string_view name) {
    const std::string_view column = column_name(target.val);
    if (target.name != nullptr && *target.name != 0) return name == target.name && column != name;
    if (as<PgQuery__ColumnRef>(target.val) != nullptr) return false;  // itself, or t.*
    if (const auto* call = as<PgQuery__FuncCall>(target.val))
        return call->n_funcname > 0 && string_of(call->funcname[call->n_funcname - 1]) == name;
    // Constants are called ?column?; casts, CASE and others take names from within.
    return as<PgQuery__AConst>(target.val) == nullptr &&
           as<PgQuery__ParamRef>(target.val) == nullptr;
}

bool is_hidden(const PgQuery__SelectStmt& query, std::string_view name) {
    return std::any_of(query.target_list, query.target_list + query.n_target_list,
                       [name](const PgQuery__Node* node) {
                           const auto* target = as<PgQuery__ResTarget>(node);
                           return target == nullptr || hides(*target, name);
                       });
}

}  // namespace

void read_row_order(const PgQuery__SelectStmt& query, statement_template& out) {
    out.reads_one_table = is_over_one_table(query, out);
    if (!out.reads_one_table) return;
    for (std::size_t i = 0; i < std::min(query.n_sort_clause, order_columns_max); ++i) {
        const auto* sort = as<PgQuery__SortBy>(query.sort_clause[i]);
        // An operator of one's own may take different values for equal ones.
        if (sort == nullptr || sort->n_use_op > 0) continue;
        const auto* reference = as<PgQuery__ColumnRef>(sort->node);
        const std::string_view name = column_name(sort->node);
        if (reference == nullptr || name.empty()) continue;
        if (reference->n_fields == 1 && is_hidden(query, name)) continue;
        out.order_columns.emplace_back(name);
    }
}

}  // namespace pgfold::sql
