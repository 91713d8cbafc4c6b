// The environment in which the command finds pgfold where it looks for PostgreSQL: DATABASE_URL and
// libpq's PG* variables, which other drivers read too.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/guard/database_url.hpp"

namespace pgfold::guard {

using environment = std::map<std::string, std::string>;

[[nodiscard]] environment current_environment();

// `upstream` are the server's connection parameters as libpq resolved them: user, dbname and
// password are told to a command that does not say them itself.
[[nodiscard]] environment with_pgfold(
    environment variables, const server_place& pgfold,
    const std::vector<std::pair<std::string, std::string>>& upstream);

}  // namespace pgfold::guard
