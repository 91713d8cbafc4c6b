// The conditions that every row of a SELECT must meet: the conjuncts of WHERE and of inner joins.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "analyzer/sql/tree/parse_tree.hpp"

namespace pgfold::sql::tree {

// `column = value`, `value = column` or `column IN (value)`, as it stands in the tree.
struct comparison_site {
    node* comparison = nullptr;
    node* column = nullptr;  // the other side of the value: any expression
    node* value = nullptr;   // with its casts
    bool in_join = false;    // in the ON clause of an inner join
};

// Whether a node, without casts, is the value that is looked for.
using value_predicate = std::function<bool(const node*)>;

// Looks only where a row that fails the comparison is dropped: under AND, and not in the ON clause
// of an outer join or below one's side that may be filled up with NULLs.
[[nodiscard]] std::optional<comparison_site> find_comparison(node* where, node** from,
                                                             std::size_t from_size,
                                                             const value_predicate& is_value);

// Whether `part` is one of the conjuncts of `condition`, or all of it.
[[nodiscard]] bool holds_conjunct(const node* condition, const node* part);
// May leave conjunctions of one or none: unwrap_single_conjuncts() settles those of one.
void remove_conjunct(node* condition, const node* part);
void unwrap_single_conjuncts(node* condition);

}  // namespace pgfold::sql::tree
