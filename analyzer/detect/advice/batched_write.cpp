#include "analyzer/detect/advice/batched_write.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "analyzer/sql/tree/identifier.hpp"

namespace pgfold::detect::advice {

using namespace sql::tree;

namespace {

PgQuery__SelectStmt* values_of(node* insert) {
    node* source = insert->insert_stmt->select_stmt;
    if (source == nullptr || source->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) return nullptr;
    return source->select_stmt->n_values_lists == 1 ? source->select_stmt : nullptr;
}

std::string qualified_name(const PgQuery__RangeVar& table) {
    const std::string_view schema = table.schemaname;
    return (schema.empty() ? "" : quoted(schema) + ".") + quoted(table.relname);
}

// The one parameter under `root`, or null when there is none or several.
node* only_parameter(node* root, std::size_t& count) {
    node* found = nullptr;
    count = 0;
    for_each_parameter(root, [&](node* p) {
        found = p;
        ++count;
    });
    return count == 1 ? found : nullptr;
}

}  // namespace

node* batch_insert(parse_tree& tree, node* statement, const sql::statement_template& child) {
    PgQuery__SelectStmt* values = values_of(statement);
    node* again = values == nullptr ? nullptr : tree.parse_statement(child.normalized_text);
    if (again == nullptr) return nullptr;
    int highest = 0;
    for_each_parameter(statement,
                       [&](node* p) { highest = std::max(highest, p->param_ref->number); });
    node* second_row = values_of(again)->values_lists[0];
    std::map<int, int> numbers;
    for_each_parameter(second_row, [&](node* p) {
        int& number = numbers[p->param_ref->number];
        if (number == 0) number = ++highest;
        p->param_ref->number = number;
    });
    if (numbers.empty()) return nullptr;  // nothing varies
    tree.append(values->values_lists, values->n_values_lists, second_row);
    return statement;
}

node* batch_update(parse_tree& tree, node* statement, const lookup_shape& shape) {
    PgQuery__UpdateStmt& update = *statement->update_stmt;
    if (shape.keys.empty() || update.n_from_clause != 0) return nullptr;
    auto sites = find_key_sites(statement, update.where_clause, nullptr, 0, shape.keys);
    if (!sites) return nullptr;

    // What is set from a parameter may differ from row to row, so it travels with the key.
    std::string columns;
    for (std::size_t i = 0; i < update.n_target_list; ++i) {
        PgQuery__ResTarget& set = *update.target_list[i]->res_target;
        std::size_t parameters = 0;
        node* value = only_parameter(set.val, parameters);
        if (parameters == 0) continue;
        if (value == nullptr || set.n_indirection != 0) return nullptr;
        const std::string alias = "new_" + std::string(set.name);
        columns += ", r." + quoted(set.name) + " AS " + quoted(alias);
        *value = *tree.column("v", alias);
    }
    if (columns.empty()) {
        return compare_with_arrays(tree, *sites, update.where_clause, shape.keys) ? statement
                                                                                  : nullptr;
    }
    std::string keys;
    for (std::size_t i = 0; i < sites->size(); ++i) {
        const std::string name(column_name((*sites)[i].column));
        const std::string alias = "key_" + name;
        keys += (i == 0 ? "r." : ", r.") + quoted(name) + " AS " + quoted(alias);
        node* equal = tree.parse_expression("a = b");
        equal->a_expr->lexpr = (*sites)[i].column;
        equal->a_expr->rexpr = tree.column("v", alias);
        *(*sites)[i].comparison = *equal;
    }
    const node* rows = tree.parse_statement(
        "SELECT 1 FROM (SELECT " + keys + columns +
        " FROM jsonb_populate_recordset(NULL::" + qualified_name(*update.relation) + ", $" +
        std::to_string(key_parameters_from) + ") AS r) AS v");
    if (rows == nullptr) return nullptr;
    tree.append(update.from_clause, update.n_from_clause, rows->select_stmt->from_clause[0]);
    return statement;
}

node* batch_delete(parse_tree& tree, node* statement, const lookup_shape& shape) {
    PgQuery__DeleteStmt& remove = *statement->delete_stmt;
    if (shape.keys.empty() || remove.n_using_clause != 0) return nullptr;
    auto sites = find_key_sites(statement, remove.where_clause, nullptr, 0, shape.keys);
    if (!sites || !compare_with_arrays(tree, *sites, remove.where_clause, shape.keys)) {
        return nullptr;
    }
    return statement;
}

}  // namespace pgfold::detect::advice
