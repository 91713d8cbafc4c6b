// Which tables a statement writes, and which its answer depends on.
//
// Unknown means everything: what cannot be told to write some tables only, writes all; what cannot
// be told to read some tables only, has no known answer. Without a catalog nearly all is unknown.
//
// Worked out once per template and catalog, then kept (proxy/freshness/known_effects.hpp): nothing
// here is made for every query.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/catalog/catalog.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::catalog {

// Each rule adds to what a statement is taken to write or read. Tests take them out one by one to
// show that they are needed; nothing else does.
struct effect_rules {
    bool foreign_key_actions = true;  // ON DELETE/UPDATE CASCADE, SET NULL, SET DEFAULT; TRUNCATE
    bool triggers = true;             // a user's trigger function writes everything
    bool rewrite_rules = true;        // so does a rule for INSERT, UPDATE or DELETE
    bool partitions = true;           // a parent and its children, also of INHERITS
    bool views = true;                // read and write the tables of their query
    bool row_security = true;         // policies read what their expressions do
    bool function_calls = true;       // a volatile or unknown function writes everything
    bool common_table_expressions = true;  // WITH queries may write
    bool unknown_statements = true;        // DO, CALL, EXECUTE, DDL … write everything
};

enum class catalog_change : std::uint8_t {
    none,
    possible,  // through a function that may do DDL: compare the stamp (catalog_queries.hpp)
    certain,   // DDL: this catalog is over when the transaction is
};

struct statement_effects {
    bool writes_everything = false;
    std::vector<oid> writes;    // sorted; empty when it writes nothing, or everything
    std::string writes_reason;  // why everything: "calls f()"

    bool reads_known = false;  // the answer depends on `reads` and the session's settings only
    std::vector<oid> reads;    // sorted
    std::string reads_reason;  // why not known, in words that users read: "reads foreign table t"
    bool session_dependent = false;  // on user, settings, address: only for this session
    bool row_security = false;       // of a table read

    catalog_change ddl = catalog_change::none;
    // Makes a temporary relation of a name that the catalog has too. What this session does to that
    // name from now on is not what the catalog says.
    bool hides_permanent = false;

    [[nodiscard]] bool writes_nothing() const { return !writes_everything && writes.empty(); }
};

// `known` may be null. `path` may be null: bare names then stand for every relation of the name.
[[nodiscard]] statement_effects effects_of(const sql::statement_template& statement,
                                           const catalog* known, const search_path* path = nullptr,
                                           const effect_rules& rules = {});

}  // namespace pgfold::catalog
