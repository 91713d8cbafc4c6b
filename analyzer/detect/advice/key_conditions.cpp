#include "analyzer/detect/advice/key_conditions.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace pgfold::detect::advice {
namespace {

bool is_equality(const PgQuery__AExpr& e) {
    return e.n_name == 1 && e.name[0]->node_case == PG_QUERY__NODE__NODE_STRING &&
           std::string_view(e.name[0]->string->sval) == "=";
}

// The side of `n` that $parameter is compared with, if `n` is such a comparison.
node* compared_with(node* n, int parameter) {
    if (n->node_case != PG_QUERY__NODE__NODE_A_EXPR || !is_equality(*n->a_expr)) return nullptr;
    const PgQuery__AExpr& e = *n->a_expr;
    if (e.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP) {
        if (parameter_number(without_casts(e.rexpr)) == parameter) return e.lexpr;
        if (parameter_number(without_casts(e.lexpr)) == parameter) return e.rexpr;
    }
    if (e.kind == PG_QUERY__A__EXPR__KIND__AEXPR_IN &&
        e.rexpr->node_case == PG_QUERY__NODE__NODE_LIST && e.rexpr->list->n_items == 1 &&
        parameter_number(without_casts(e.rexpr->list->items[0])) == parameter) {
        return e.lexpr;
    }
    return nullptr;
}

bool is_conjunction(const node* n) {
    return n != nullptr && n->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
           n->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
}

bool find_in_condition(node* condition, int parameter, key_site& site) {
    if (condition == nullptr) return false;
    if (is_conjunction(condition)) {
        PgQuery__BoolExpr& e = *condition->bool_expr;
        return std::any_of(e.args, e.args + e.n_args,
                           [&](node* arg) { return find_in_condition(arg, parameter, site); });
    }
    site.column = compared_with(condition, parameter);
    site.comparison = condition;
    return site.column != nullptr;
}

// Only where a row that fails the condition is dropped: not in the ON clause of an outer join.
bool find_in_from(node* item, int parameter, key_site& site) {
    if (item == nullptr || item->node_case != PG_QUERY__NODE__NODE_JOIN_EXPR) return false;
    PgQuery__JoinExpr& join = *item->join_expr;
    const bool inner = join.jointype == PG_QUERY__JOIN_TYPE__JOIN_INNER;
    const bool keeps_left = inner || join.jointype == PG_QUERY__JOIN_TYPE__JOIN_LEFT;
    return (inner && find_in_condition(join.quals, parameter, site)) ||
           (keeps_left && find_in_from(join.larg, parameter, site)) ||
           (inner && find_in_from(join.rarg, parameter, site));
}

std::string key_parameter(std::size_t index, const std::string& type) {
    std::string text = "$" + std::to_string(key_parameters_from + static_cast<int>(index));
    if (!type.empty()) text += "::" + type + "[]";
    return text;
}

node* any_comparison(parse_tree& tree, node* column, const std::string& cast) {
    node* any = tree.parse_expression("c = ANY(" + key_parameter(0, cast) + ")");
    if (any == nullptr) any = tree.parse_expression("c = ANY(" + key_parameter(0, "") + ")");
    any->a_expr->lexpr = column;
    return any;
}

// (a, b) IN (SELECT * FROM unnest(…)); where a type is not known, (a, b) IN (($1, $2), ($3, $4)).
node* row_comparison(parse_tree& tree, const std::vector<key_site>& sites,
                     const std::vector<lookup_key>& keys) {
    std::string row, first, second;
    for (std::size_t i = 0; i < sites.size(); ++i) {
        const char* separator = i == 0 ? "" : ", ";
        row += separator + std::string("c");
        first += separator + key_parameter(i, "");
        second += separator + key_parameter(i + sites.size(), "");
    }
    const std::string unnest = unnest_of(keys);
    node* in = tree.parse_expression(
        "(" + row + ") IN (" +
        (unnest.empty() ? "(" + first + "), (" + second + ")" : "SELECT * FROM " + unnest) + ")");
    if (in == nullptr) return nullptr;
    node* left =
        in->node_case == PG_QUERY__NODE__NODE_SUB_LINK ? in->sub_link->testexpr : in->a_expr->lexpr;
    for (std::size_t i = 0; i < sites.size(); ++i)
        left->row_expr->args[i] = sites[i].column;
    return in;
}

bool contains(const node* condition, const node* part) {
    if (condition == part) return true;
    if (!is_conjunction(condition)) return false;
    const PgQuery__BoolExpr& e = *condition->bool_expr;
    return std::any_of(e.args, e.args + e.n_args,
                       [&](const node* arg) { return contains(arg, part); });
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

}  // namespace

std::optional<std::vector<key_site>> find_key_sites(node* statement, node* where, node** from,
                                                    std::size_t from_size,
                                                    const std::vector<lookup_key>& keys) {
    std::map<int, int> uses;
    for_each_parameter(statement, [&](node* p) { ++uses[p->param_ref->number]; });
    std::vector<key_site> sites;
    for (const lookup_key& key : keys) {
        key_site site;
        if (uses[key.parameter] != 1) return std::nullopt;
        if (!find_in_condition(where, key.parameter, site)) {
            site.in_join = std::any_of(from, from + from_size, [&](node* item) {
                return find_in_from(item, key.parameter, site);
            });
            if (!site.in_join) return std::nullopt;
        }
        if (column_name(site.column).empty()) return std::nullopt;
        sites.push_back(site);
    }
    return sites;
}

bool compare_with_arrays(parse_tree& tree, std::vector<key_site>& sites, node* where,
                         const std::vector<lookup_key>& keys) {
    if (sites.size() == 1) {
        *sites[0].comparison = *any_comparison(tree, sites[0].column, keys[0].cast);
        return true;
    }
    for (const key_site& site : sites) {
        if (site.in_join || !contains(where, site.comparison)) return false;
    }
    node* rows = row_comparison(tree, sites, keys);
    if (rows == nullptr) return false;
    *sites[0].comparison = *rows;
    for (std::size_t i = 1; i < sites.size(); ++i)
        remove_conjunct(where, sites[i].comparison);
    unwrap_single_conjuncts(where);
    return true;
}

void renumber_parameters(node* statement) {
    std::map<int, int> numbers;  // keys sort last; they come first in the new order
    int key_parameters = 0;
    for_each_parameter(statement, [&](node* p) {
        const int number = p->param_ref->number;
        if (number < key_parameters_from) return;
        numbers[number] = number - key_parameters_from + 1;
        key_parameters = std::max(key_parameters, numbers[number]);
    });
    int next = key_parameters;
    for_each_parameter(statement, [&](node* p) {
        if (!numbers.contains(p->param_ref->number)) numbers[p->param_ref->number] = ++next;
    });
    for_each_parameter(statement,
                       [&](node* p) { p->param_ref->number = numbers[p->param_ref->number]; });
}

std::string unnest_of(const std::vector<lookup_key>& keys) {
    std::string text;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].type.empty()) return {};
        text += (i == 0 ? "unnest(" : ", ") + key_parameter(i, keys[i].type);
    }
    return text + ")";
}

}  // namespace pgfold::detect::advice
