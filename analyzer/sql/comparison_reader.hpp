// What parameters are compared with: fills keys and parameter_roles of a template.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "analyzer/sql/query_scope.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql {

// Offset of a constant in the parsed text → number of its parameter in the normalized text.
using parameter_numbers = std::unordered_map<std::int32_t, std::uint16_t>;

class comparison_reader {
public:
    // `scope` follows the walk: it must know the FROM clause before a comparison is read.
    comparison_reader(const parameter_numbers& numbers, const query_scope& scope,
                      statement_template& out)
        : numbers_(numbers), scope_(scope), out_(out) {}

    // A condition that must hold for each row, not an AND itself.
    void read_keys(const PgQuery__AExpr& condition, bool in_join);
    // Any expression, wherever it stands.
    void read_roles(const PgQuery__AExpr& expression);

    // The first role of a parameter stays, but that a key is a key. Null-safe.
    void set_role(const PgQuery__Node* node, parameter_role role);
    // Every parameter in an expression, subqueries left out.
    void set_roles_below(const tree_node* node, parameter_role role);

private:
    // The parameter that a node is, casts looked through; 0 if it is none.
    [[nodiscard]] std::uint16_t parameter(const tree_node* node) const;
    void set_role(std::uint16_t number, parameter_role role);
    void set_roles_below(const tree_node* node, parameter_role role, unsigned depth);
    bool add_key(const PgQuery__Node* column_side, const PgQuery__Node* value_side, bool in_list,
                 bool in_join);
    void add_equality(const PgQuery__Node* left, const PgQuery__Node* right, bool in_list,
                      bool in_join);

    const parameter_numbers& numbers_;
    const query_scope& scope_;
    statement_template& out_;
};

}  // namespace pgfold::sql
