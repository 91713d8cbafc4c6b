#include "analyzer/sql/comparison_reader.hpp"

#include <utility>

#include "analyzer/sql/tree_reading.hpp"

namespace pgfold::sql {

std::uint16_t comparison_reader::parameter(const tree_node* node) const {
    node = peel(node).node;
    if (const auto* reference = as<PgQuery__ParamRef>(node)) {
        return reference->number > 0 && reference->number <= out_.parameter_count
                   ? static_cast<std::uint16_t>(reference->number)
                   : std::uint16_t{0};
    }
    if (const auto* constant = as<PgQuery__AConst>(node)) {
        const auto found = numbers_.find(constant->location);
        return found != numbers_.end() ? found->second : std::uint16_t{0};
    }
    return 0;
}

void comparison_reader::set_role(std::uint16_t number, parameter_role role) {
    if (number == 0 || number > out_.parameter_roles.size()) return;
    parameter_role& current = out_.parameter_roles[number - 1];
    if (current == parameter_role::other || role == parameter_role::key) current = role;
}

void comparison_reader::set_role(const PgQuery__Node* node, parameter_role role) {
    set_role(parameter(reinterpret_cast<const tree_node*>(node)), role);
}

void comparison_reader::set_roles_below(const tree_node* node, parameter_role role,
                                        unsigned depth) {
    node = unwrap(node);
    if (node == nullptr || depth > tree_levels_max || as<PgQuery__SelectStmt>(node) != nullptr)
        return;
    if (const std::uint16_t number = parameter(node)) return set_role(number, role);
    for_each_child(node, [&](const tree_node* child) { set_roles_below(child, role, depth + 1); });
}

bool comparison_reader::add_key(const PgQuery__Node* column_side, const PgQuery__Node* value_side,
                                bool in_list, bool in_join) {
    const peeled column = peel(column_side);
    const auto* reference = as<PgQuery__ColumnRef>(column.node);
    if (reference == nullptr || reference->n_fields == 0) return false;
    const peeled value = peel(value_side);
    const std::uint16_t number = parameter(value.node);
    if (number == 0) return false;

    key_comparison key;
    const std::size_t parts = reference->n_fields;
    key.column = string_of(reference->fields[parts - 1]);
    if (key.column.empty()) return false;  // t.*
    const std::string_view qualifier =
        parts > 1 ? string_of(reference->fields[parts - 2]) : std::string_view();
    const std::string_view schema =
        parts > 2 ? string_of(reference->fields[parts - 3]) : std::string_view();
    if (const scope_item* item = scope_.resolve(schema, qualifier)) {
        key.table = item->table;
        key.schema = item->schema;
    }
    key.parameter = number;
    key.cast = type_name(value.cast);
    key.in_list = in_list;
    key.in_join = in_join;
    key.column_cast = column.cast != nullptr;
    set_role(number, parameter_role::key);
    out_.keys.push_back(std::move(key));
    return true;
}

// `a = b` either way round, and (a, b) = (c, d) item by item.
void comparison_reader::add_equality(const PgQuery__Node* left, const PgQuery__Node* right,
                                     bool in_list, bool in_join) {
    const auto* left_row = as<PgQuery__RowExpr>(left);
    const auto* right_row = as<PgQuery__RowExpr>(right);
    if (left_row != nullptr && right_row != nullptr && left_row->n_args == right_row->n_args) {
        for (std::size_t i = 0; i < left_row->n_args; ++i)
            add_equality(left_row->args[i], right_row->args[i], in_list, in_join);
        return;
    }
    if (!add_key(left, right, in_list, in_join)) add_key(right, left, in_list, in_join);
}

void comparison_reader::read_keys(const PgQuery__AExpr& expression, bool in_join) {
    if (operator_name(expression) != "=") return;
    if (expression.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP) {
        if (expression.lexpr != nullptr && expression.rexpr != nullptr)
            add_equality(expression.lexpr, expression.rexpr, false, in_join);
    } else if (expression.kind == PG_QUERY__A__EXPR__KIND__AEXPR_IN) {
        const auto* list = as<PgQuery__List>(expression.rexpr);
        if (list != nullptr && list->n_items == 1)
            add_equality(expression.lexpr, list->items[0], true, in_join);
    }
}

void comparison_reader::read_roles(const PgQuery__AExpr& expression) {
    switch (expression.kind) {
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
            if (!is_comparison(operator_name(expression))) return;
            set_role(expression.lexpr, parameter_role::range);
            set_role(expression.rexpr, parameter_role::range);
            return;
        case PG_QUERY__A__EXPR__KIND__AEXPR_IN: {
            const auto* list = as<PgQuery__List>(expression.rexpr);
            if (list == nullptr) return;
            if (list->n_items == 1 && operator_name(expression) == "=") return;
            for (std::size_t i = 0; i < list->n_items; ++i) {
                set_roles_below(unwrap(list->items[i]), list->n_items > 1 ? parameter_role::in_list
                                                                          : parameter_role::range);
            }
            return;
        }
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
            set_roles_below(unwrap(expression.rexpr), operator_name(expression) == "="
                                                          ? parameter_role::any_array
                                                          : parameter_role::range);
            return;
        case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
        case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
        case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
        case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
        case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
            set_roles_below(unwrap(expression.rexpr), parameter_role::range);
            return;
        case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
        case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
            set_role(expression.lexpr, parameter_role::range);
            set_role(expression.rexpr, parameter_role::range);
            return;
        default:
            return;
    }
}

void comparison_reader::set_roles_below(const tree_node* node, parameter_role role) {
    set_roles_below(node, role, 0);
}

}  // namespace pgfold::sql
