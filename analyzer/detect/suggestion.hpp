// What to do about a finding: in the words of the ORM that sent it, naming the tables and columns,
// and the one statement that would have done.
//
// Parses the child's text with libpg_query (tens of microseconds, on a stack of its own): meant for
// new findings, not for every lookup.
#pragma once

#include "analyzer/detect/finding.hpp"

namespace pgfold::detect {

// Looks at every field of the finding but `advice`. Never throws for any statement.
[[nodiscard]] suggestion suggest(const finding& f);

}  // namespace pgfold::detect
