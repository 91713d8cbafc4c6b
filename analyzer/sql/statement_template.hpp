// What is known about one normalized query: parsed once, immutable, shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pgfold::sql {

enum class statement_kind : std::uint8_t {
    unknown,   // libpg_query could not parse it, or it is of no interest here
    empty,     // only white space and comments
    multiple,  // a simple query that holds several statements
    select,
    insert,
    update,
    delete_,
    merge,
    values,
    table_copy,
    begin,
    commit,
    rollback,
    savepoint,
    release,
    rollback_to,
    prepare_transaction,
    commit_prepared,
    rollback_prepared,
    set,
    reset,
    show,
    discard,
    prepare,
    execute,
    deallocate,
    declare_cursor,
    fetch,
    close_cursor,
    listen,
    unlisten,
    notify,
    lock,
    explain,
    call,
    do_block,
    ddl,
    other_utility,
};

[[nodiscard]] std::string_view to_string(statement_kind kind);

// A relation as written; `schema` is empty where the text has none. Identifiers are folded the way
// PostgreSQL folds them (lower case unless quoted).
struct table_reference {
    std::string schema;
    std::string name;
    std::string alias;  // empty where there is none
    friend bool operator==(const table_reference&, const table_reference&) = default;
};

// `column = $n`, `$n = column` or `column IN ($n)` in WHERE or JOIN … ON, under AND only, casts and
// parentheses looked through. Never a range, never an IN with two or more elements.
struct key_comparison {
    std::uint16_t parameter = 0;  // the n of $n in normalized_text, from 1
    std::string table;            // the relation's name (not alias); empty when it cannot be told
    std::string schema;           // as written
    std::string column;
    std::string cast;          // type of a cast on the parameter, e.g. "int4"; empty without
    bool in_list = false;      // written as IN ($n)
    bool in_join = false;      // stands in a JOIN's ON clause
    bool column_cast = false;  // the column is cast too: `id::text = $1`
};

// Where each parameter of normalized_text stands. One entry per $n, in order.
enum class parameter_role : std::uint8_t {
    other,      // select list, function argument, expression: must be constant in a lookup
    key,        // listed in `keys`
    range,      // < <= > >= <> BETWEEN LIKE …
    in_list,    // member of an IN list of two or more
    any_array,  // = ANY($n)
    limit,
    offset,
    set_value,     // UPDATE … SET column = $n
    insert_value,  // INSERT … VALUES ($n)
};

// A yes or no with a reason in words that users read ("calls nextval()"). Empty reason: yes.
struct verdict {
    bool ok = false;
    std::string reason;
};

struct statement_template {
    // Identity: XXH3-128 (seeded per process) of normalized_text and bound_parameters. Never leaves
    // the process. Names of savepoints, prepared statements and cursors, which are new with each
    // call, are in normalized_text but not in the identity.
    std::uint64_t hash_low = 0;
    std::uint64_t hash_high = 0;

    // Literals replaced by $n, comments dropped, white space folded, case as it was first seen.
    std::string normalized_text;
    std::uint64_t fingerprint = 0;  // libpg_query's; the public id, not unique per template
    std::string fingerprint_hex;    // 16 lower-case hex digits

    statement_kind kind = statement_kind::unknown;
    std::uint16_t bound_parameters = 0;  // highest $n in the client's text
    std::uint16_t parameter_count =
        0;  // bound_parameters + literals; literal i is $(bound_parameters + i + 1)

    std::vector<table_reference> tables_read;  // in order of appearance, CTE names left out
    std::vector<table_reference> tables_written;
    std::vector<std::string> functions;  // called, schema-qualified where written so
    std::vector<std::string> operators;  // likewise
    // Columns that UPDATE, ON CONFLICT … DO UPDATE and MERGE set, whichever table they are of.
    std::vector<std::string> columns_set;
    std::vector<statement_kind> kinds;  // of kind multiple: its statements', in order
    std::vector<key_comparison> keys;
    std::vector<parameter_role> parameter_roles;

    // At any level of the statement.
    bool has_limit = false;  // LIMIT, FETCH FIRST
    bool has_offset = false;
    bool has_order_by = false;
    bool has_aggregate = false;  // aggregate call or GROUP BY
    bool has_group_by = false;
    bool has_distinct = false;
    bool has_window = false;
    bool has_set_operation = false;
    bool has_cte = false;
    bool has_subquery = false;
    bool has_locking_clause = false;
    bool writes_in_cte = false;
    bool calls_volatile =
        false;  // a volatile function of PostgreSQL's own: set_config(), nextval() …
    bool catalog_only =
        false;  // every table is in pg_catalog / information_schema, or is named pg_*
    bool updates_on_conflict = false;
    bool truncates = false;
    bool truncates_cascade = false;
    bool selects_into = false;       // SELECT … INTO makes a table
    bool creates_temporary = false;  // a relation that only this session sees
    bool facts_incomplete = false;   // nested too deeply: the lists above may lack something

    // Everything comes from one table: no join, subquery, WITH query or function in FROM, no set
    // operation, no names given to its columns. Only then: its columns that ORDER BY sorts by.
    // Other sort keys are left out: expressions, positions, what a name in the output hides.
    bool reads_one_table = false;
    std::vector<std::string> order_columns;

    verdict foldable;
    verdict cacheable;

    [[nodiscard]] bool is_read() const {
        return kind == statement_kind::select && tables_written.empty();
    }
};

using template_ptr = std::shared_ptr<const statement_template>;

}  // namespace pgfold::sql
