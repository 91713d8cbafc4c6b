// May a statement's answer come from a batch, or from the cache? What the text alone can tell.
#pragma once

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::sql {

// Nodes that bear on a verdict but have no field of their own.
struct verdict_inputs {
    bool samples_rows = false;   // TABLESAMPLE
    bool writes_result = false;  // SELECT … INTO
    bool incomplete = false;     // the tree was too deep to read in full
};

void judge(statement_template& statement, const verdict_inputs& inputs);

}  // namespace pgfold::sql
