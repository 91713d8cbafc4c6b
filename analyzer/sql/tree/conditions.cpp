#include "analyzer/sql/tree/conditions.hpp"

#include <algorithm>
#include <string_view>

namespace pgfold::sql::tree {
namespace {

bool is_equality(const PgQuery__AExpr& e) {
    return e.n_name == 1 && e.name[0]->node_case == PG_QUERY__NODE__NODE_STRING &&
           std::string_view(e.name[0]->string->sval) == "=";
}

// Whether `n` compares the value, and with what.
bool read_comparison(node* n, const value_predicate& is_value, comparison_site& site) {
    if (n->node_case != PG_QUERY__NODE__NODE_A_EXPR || !is_equality(*n->a_expr)) return false;
    const PgQuery__AExpr& e = *n->a_expr;
    if (e.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP) {
        if (is_value(without_casts(e.rexpr))) {
            site = {n, e.lexpr, e.rexpr};
            return e.lexpr != nullptr;
        }
        if (is_value(without_casts(e.lexpr))) {
            site = {n, e.rexpr, e.lexpr};
            return true;
        }
    }
    if (e.kind == PG_QUERY__A__EXPR__KIND__AEXPR_IN &&
        e.rexpr->node_case == PG_QUERY__NODE__NODE_LIST && e.rexpr->list->n_items == 1 &&
        is_value(without_casts(e.rexpr->list->items[0]))) {
        site = {n, e.lexpr, e.rexpr->list->items[0]};
        return true;
    }
    return false;
}

bool is_conjunction(const node* n) {
    return n != nullptr && n->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
           n->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
}

bool find_in_condition(node* condition, const value_predicate& is_value, comparison_site& site) {
    if (condition == nullptr) return false;
    if (is_conjunction(condition)) {
        PgQuery__BoolExpr& e = *condition->bool_expr;
        return std::any_of(e.args, e.args + e.n_args,
                           [&](node* arg) { return find_in_condition(arg, is_value, site); });
    }
    return read_comparison(condition, is_value, site);
}

bool find_in_from(node* item, const value_predicate& is_value, comparison_site& site) {
    if (item == nullptr || item->node_case != PG_QUERY__NODE__NODE_JOIN_EXPR) return false;
    PgQuery__JoinExpr& join = *item->join_expr;
    if (join.alias != nullptr) return false;  // hides the names of its tables
    const bool inner = join.jointype == PG_QUERY__JOIN_TYPE__JOIN_INNER;
    const bool keeps_left = inner || join.jointype == PG_QUERY__JOIN_TYPE__JOIN_LEFT;
    return (inner && find_in_condition(join.quals, is_value, site)) ||
           (keeps_left && find_in_from(join.larg, is_value, site)) ||
           (inner && find_in_from(join.rarg, is_value, site));
}

}  // namespace

std::optional<comparison_site> find_comparison(node* where, node** from, std::size_t from_size,
                                               const value_predicate& is_value) {
    comparison_site site;
    if (find_in_condition(where, is_value, site)) return site;
    for (std::size_t i = 0; i < from_size; ++i) {
        if (!find_in_from(from[i], is_value, site)) continue;
        site.in_join = true;
        return site;
    }
    return std::nullopt;
}

bool holds_conjunct(const node* condition, const node* part) {
    if (condition == part) return true;
    if (!is_conjunction(condition)) return false;
    const PgQuery__BoolExpr& e = *condition->bool_expr;
    return std::any_of(e.args, e.args + e.n_args,
                       [&](const node* arg) { return holds_conjunct(arg, part); });
}

void remove_conjunct(node* condition, const node* part) {
    if (!is_conjunction(condition)) return;
    PgQuery__BoolExpr& e = *condition->bool_expr;
    for (std::size_t i = 0; i < e.n_args; ++i)
        remove_conjunct(e.args[i], part);
    node** const end = std::remove_if(e.args, e.args + e.n_args, [&](const node* arg) {
        return arg == part || (is_conjunction(arg) && arg->bool_expr->n_args == 0);
    });
    e.n_args = static_cast<std::size_t>(end - e.args);
}

void unwrap_single_conjuncts(node* condition) {
    if (!is_conjunction(condition)) return;
    PgQuery__BoolExpr& e = *condition->bool_expr;
    for (std::size_t i = 0; i < e.n_args; ++i)
        unwrap_single_conjuncts(e.args[i]);
    if (e.n_args == 1) *condition = *e.args[0];
}

}  // namespace pgfold::sql::tree
