// Which table an alias stands for, level by level of nested queries.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql {

struct scope_item {
    std::string alias;   // name by which columns refer to it
    std::string schema;  // of the table; empty where the text has none
    std::string table;   // empty for subqueries, functions and common table expressions
};

// One FROM clause, and the names that WITH made known.
struct scope_level {
    std::vector<scope_item> items;
    std::vector<std::string> cte_names;
};

class query_scope {
public:
    void push() { levels_.emplace_back(); }
    void pop() { levels_.pop_back(); }

    void add_cte(std::string_view name) { levels_.back().cte_names.emplace_back(name); }
    [[nodiscard]] bool is_cte(const PgQuery__RangeVar& range) const;

    // Adds the items of a FROM clause, those inside joins too.
    void add_from(const tree_node* item);
    void add_table(const PgQuery__RangeVar& range);

    // The item that a column reference belongs to, or null when it cannot be told. `qualifier` is
    // empty for a bare column name.
    [[nodiscard]] const scope_item* resolve(std::string_view schema,
                                            std::string_view qualifier) const;

private:
    std::vector<scope_level> levels_;
};

}  // namespace pgfold::sql
