// The SELECTs whose rows make a catalog. Any role may run them; they read pg_catalog only, name
// every object with its schema and take no locks beyond those of a SELECT. PostgreSQL 12 to 18.
//
// Run them all in one snapshot, between snapshot_begin and snapshot_end: else DDL in between could
// leave a table without its triggers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pgfold::catalog {

enum class catalog_part : std::uint8_t {
    schemas,
    functions,
    relations,
    inheritance,
    expressions,
    columns,
    unique_indexes,
    foreign_keys,
    triggers,
    operators,
    hidden_calls,
    peculiarities,
    stamp,
};

struct catalog_query {
    catalog_part part;
    std::uint8_t columns;  // of its rows
    std::string_view text;
};

inline constexpr int server_version_min = 120'000;

inline constexpr std::string_view snapshot_begin =
    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
inline constexpr std::string_view snapshot_end = "COMMIT";
// Behind snapshot_begin: the planner thinks the queries expensive enough to be compiled, which
// takes ten times as long as they do.
inline constexpr std::string_view without_compiling = "SET LOCAL jit = off";

// Empty for a server older than server_version_min.
[[nodiscard]] std::span<const catalog_query> catalog_queries(int server_version_num);

// The last of them. One row with one value, which changes whenever the catalog's rows do that the
// queries read (and now and then when they do not). Costs a few milliseconds: for noticing DDL that
// was not seen, because it came from beside pgfold, and for telling that what looked like DDL has
// changed nothing.
[[nodiscard]] std::span<const catalog_query> catalog_stamp_query(int server_version_num);

}  // namespace pgfold::catalog
