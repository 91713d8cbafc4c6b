// The tables of a statement, as reports name them.
#pragma once

#include <string>
#include <vector>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::report {

// Written ones first, then read ones, each once; with their schema where the text has it.
[[nodiscard]] std::vector<std::string> table_names(const sql::statement_template& statement);

}  // namespace pgfold::report
