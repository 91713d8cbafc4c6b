#include "analyzer/detect/advice/batched_query.hpp"

#include "analyzer/detect/advice/batched_select.hpp"
#include "analyzer/detect/advice/batched_write.hpp"
#include "analyzer/sql/parse_stack.hpp"

namespace pgfold::detect::advice {
namespace {

// Longer texts would make longer suggestions, which nobody reads.
constexpr std::size_t text_bytes_max = 16 * 1024;

std::string build(const sql::statement_template& child, const lookup_shape& shape) {
    parse_tree tree;
    node* statement = tree.parse_statement(child.normalized_text);
    if (statement == nullptr) return {};
    switch (statement->node_case) {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            statement = batch_select(tree, statement, child, shape);
            break;
        case PG_QUERY__NODE__NODE_INSERT_STMT:
            statement = batch_insert(tree, statement, child);
            break;
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            statement = batch_update(tree, statement, shape);
            break;
        case PG_QUERY__NODE__NODE_DELETE_STMT:
            statement = batch_delete(tree, statement, shape);
            break;
        default:
            return {};
    }
    if (statement == nullptr) return {};
    renumber_parameters(statement);
    return tree.write(statement);
}

}  // namespace

std::string build_batched_query(const sql::statement_template& child, const lookup_shape& shape) {
    if (child.normalized_text.size() > text_bytes_max || child.writes_in_cte ||
        child.has_locking_clause) {
        return {};
    }
    std::string text;
    sql::parse_stack stack;
    if (!stack.run([&] { text = build(child, shape); })) return {};
    return text;
}

}  // namespace pgfold::detect::advice
