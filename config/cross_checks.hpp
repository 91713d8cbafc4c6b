// What no single key can tell: keys that need each other, or that exclude each other.
#pragma once

#include "config/config.hpp"

namespace pgfold::config {

class document_reader;

// Reports to `reader`, at the place of the key that is to blame.
void check_combinations(const settings& values, document_reader& reader);

}  // namespace pgfold::config
