// The place in the application that a finding's tags name.
#pragma once

#include <string>

#include "analyzer/sql/sqlcommenter.hpp"

namespace pgfold::guard {

struct source_location {
    std::string file;   // relative to the working directory where it is below it; empty: not known
    unsigned line = 0;  // 0: not known
};

// From the tags of Rails (source_location), marginalia (line), OpenTelemetry (code.filepath and
// code.lineno) and file with line; failing these from a label that begins with a file, as the names
// of pytest's, RSpec's and Jest's tests do.
[[nodiscard]] source_location locate(const sql::tag_list& tags, const std::string& label);

}  // namespace pgfold::guard
