// Statements that read, or write, only rows with one value of their table's key, the column of an
// integer primary key: `WHERE id = $1`, INSERT with the value given. README.md says why it is
// right.
//
// Values are dealt out to a table's places (table_keys) by a hash: two may share one, and then a
// write of the one is a write of the other, which is safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/catalog/statement_effects.hpp"
#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/freshness/database_versions.hpp"

namespace pgfold::freshness {

struct key_access {
    table_entry* table = nullptr;
    table_keys* keys = nullptr;
    std::vector<std::uint16_t> parameters;  // the n of each $n that is such a value
};

// nullopt: rows of any key, or nobody can tell.
[[nodiscard]] std::optional<key_access> key_access_of(database_versions& database,
                                                      const sql::statement_template& statement,
                                                      const catalog::catalog& known,
                                                      const catalog::search_path* path,
                                                      const catalog::statement_effects& effects);

// Which places these arguments have, one for each of `parameters`; empty: not known. `arguments`
// are one for each $n of the normalized text.
[[nodiscard]] std::vector<std::uint32_t> places_of(const key_access& access,
                                                   std::span<const detect::argument> arguments);

// The parameter of each row's value for a column, from INSERT INTO t (…) VALUES (…), (…); empty:
// some row's is no plain $n. `place` is the column's place in the table, for a text without a list
// of columns.
[[nodiscard]] std::vector<std::uint16_t> inserted_parameters(std::string_view normalized_text,
                                                             std::string_view column,
                                                             std::size_t place);

}  // namespace pgfold::freshness
