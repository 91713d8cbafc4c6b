// Connection strings as libpq reads them: URL or key=value. Nothing here resolves or connects.
#pragma once

#include <string>

namespace pgfold::config {

// Why libpq does not take it, without quoting any part that could be a password; empty: it does.
[[nodiscard]] std::string conninfo_problem(const std::string& conninfo);

// The same in key=value form with `***` for every password, to be shown to people. A string that
// libpq does not take is masked as a whole.
[[nodiscard]] std::string masked_conninfo(const std::string& conninfo);

}  // namespace pgfold::config
