// Whether two parse trees say the same. What libpg_query writes is read back and compared with what
// it was asked to write: a text that means something else is caught here, whatever the reason.
#pragma once

#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql::tree {

// All but the places in the text. Recurses: call it on a parse_stack.
[[nodiscard]] bool same_meaning(const tree_node* left, const tree_node* right);

}  // namespace pgfold::sql::tree
