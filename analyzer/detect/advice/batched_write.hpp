// A write made to cover all rows of a loop at once. See batched_query.hpp.
#pragma once

#include "analyzer/detect/advice/key_conditions.hpp"
#include "analyzer/detect/advice/lookup_shape.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "analyzer/sql/tree/parse_tree.hpp"

namespace pgfold::detect::advice {

// All edit `statement`; null when there is no certain way.
[[nodiscard]] node* batch_insert(parse_tree& tree, node* statement,
                                 const sql::statement_template& child);
[[nodiscard]] node* batch_update(parse_tree& tree, node* statement, const lookup_shape& shape);
[[nodiscard]] node* batch_delete(parse_tree& tree, node* statement, const lookup_shape& shape);

}  // namespace pgfold::detect::advice
