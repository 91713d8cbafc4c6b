// A lookup made to fetch for all keys at once. See batched_query.hpp.
#pragma once

#include "analyzer/detect/advice/key_conditions.hpp"
#include "analyzer/detect/advice/lookup_shape.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "analyzer/sql/tree/parse_tree.hpp"

namespace pgfold::detect::advice {

// Edits `statement`, or wraps it; null when there is no certain way.
[[nodiscard]] node* batch_select(parse_tree& tree, node* statement,
                                 const sql::statement_template& child, const lookup_shape& shape);

}  // namespace pgfold::detect::advice
