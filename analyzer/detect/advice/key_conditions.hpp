// Where a statement compares its keys, and how that becomes a comparison with many keys at once.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/detect/advice/lookup_shape.hpp"
#include "analyzer/sql/tree/conditions.hpp"
#include "analyzer/sql/tree/parse_tree.hpp"

namespace pgfold::detect::advice {

using sql::tree::node;
using sql::tree::parse_tree;

// Parameters of the batched statement that hold keys are numbered from here while it is built, so
// that they cannot be mixed up with the child's own; renumber_parameters() settles them.
inline constexpr int key_parameters_from = 100'000;

// One site per key, in their order; nullopt when one of them is not a conjunct of WHERE or of an
// inner join, is used elsewhere as well, or is not compared with a plain column.
[[nodiscard]] std::optional<std::vector<sql::tree::comparison_site>> find_key_sites(
    node* statement, node* where, node** from, std::size_t from_size,
    const std::vector<lookup_key>& keys);

// Makes the sites compare with arrays of keys. False when several keys stand in different clauses.
[[nodiscard]] bool compare_with_arrays(parse_tree& tree,
                                       std::vector<sql::tree::comparison_site>& sites, node* where,
                                       const std::vector<lookup_key>& keys);

// Keys first, then the others in the order of their appearance.
void renumber_parameters(node* statement);

// "unnest($100000::int4[], …)", or empty when the type of a key is not known.
[[nodiscard]] std::string unnest_of(const std::vector<lookup_key>& keys);

}  // namespace pgfold::detect::advice
