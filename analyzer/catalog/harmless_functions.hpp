// Volatile functions that are known to write no table: they answer anew with each call, or act on
// sequences, locks, large objects, the session or the server, none of which is ever answered from
// memory.
#pragma once

#include <string_view>

namespace pgfold::catalog {

// A function of pg_catalog, by name without schema. Those that run a query given as text, such as
// query_to_xml() and ts_stat(), are not among them.
[[nodiscard]] bool is_harmless_builtin(std::string_view name);

// A shared library of PostgreSQL's contrib, as pg_proc.probin spells it.
[[nodiscard]] bool is_harmless_library(std::string_view library);

}  // namespace pgfold::catalog
