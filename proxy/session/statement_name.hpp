// Names of prepared statements in SQL.
#pragma once

#include <string>
#include <string_view>

namespace pgfold::session {

// `normalized`: "deallocate [prepare] name". Unquoted names are folded to lower case, quoted ones
// are unquoted. Empty for DEALLOCATE ALL.
[[nodiscard]] std::string deallocated_name(std::string_view normalized);

// The name that an identifier stands for: unquoted ones are folded to lower case, all are cut to
// what PostgreSQL keeps.
[[nodiscard]] std::string identifier_name(std::string_view token);

}  // namespace pgfold::session
