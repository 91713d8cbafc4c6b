#include "analyzer/catalog/catalog_queries.hpp"

namespace pgfold::catalog {
namespace {

// Relations that the catalog knows. Temporary ones belong to one session each.
#define PGFOLD_RELATION                                                       \
    "c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'" \
    " AND n.nspname !~ '^pg_(toast|temp)'"
#define PGFOLD_USER_RELATION                                             \
    "c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'" \
    " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

constexpr std::string_view schemas = "SELECT oid, nspname FROM pg_catalog.pg_namespace";

// An aggregate is as volatile as its worst support function, whatever its own row says. Arguments'
// defaults that call something may be anything: they are evaluated by the caller.
// A trigger function that only sets columns of the new row to the time, as ORMs' and their users'
// "updated_at" triggers do, and as Hasura writes it. By its text, strictly; and only where nobody
// has made a now() of his own.
#define PGFOLD_TIME                                                                  \
    "(now[(][)]|current_timestamp|localtimestamp|current_date|clock_timestamp[(][)]" \
    "|statement_timestamp[(][)]|transaction_timestamp[(][)])"
#define PGFOLD_SETS_TIME                                                                          \
    "(p.prorettype = 'trigger'::regtype AND l.lanname = 'plpgsql' AND p.proconfig IS NULL"        \
    " AND p.prosrc ~* '^[[:space:]]*(declare[[:space:]]+_new[[:space:]]+record[[:space:]]*;)?"    \
    "[[:space:]]*begin[[:space:]]+(_new[[:space:]]*:?=[[:space:]]*new[[:space:]]*;[[:space:]]*)?" \
    "((new|_new)[.](\"[a-z_0-9]+\"|[a-z_][a-z_0-9]*)[[:space:]]*:?=[[:space:]]*" PGFOLD_TIME      \
    "[[:space:]]*;[[:space:]]*)+return[[:space:]]+(new|_new)[[:space:]]*;[[:space:]]*"            \
    "end[[:space:]]*;?[[:space:]]*$' AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc o"            \
    " WHERE o.oid >= 16384 AND o.proname IN ('now', 'clock_timestamp', 'statement_timestamp',"    \
    " 'transaction_timestamp')))"

constexpr std::string_view functions =
    "SELECT p.oid, p.pronamespace, p.proname,"
    " CASE WHEN p.oid < 16384 THEN p.provolatile::text"
    " WHEN p.prokind = 'a' THEN (SELECT max(f.provolatile::text)"
    " FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc f ON f.oid IN (a.aggtransfn,"
    " a.aggfinalfn, a.aggcombinefn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)"
    " WHERE a.aggfnoid = p.oid)"
    " WHEN p.prokind = 'p' THEN 'v'"
    " WHEN p.proargdefaults::text ~ 'FUNCEXPR|SQLVALUEFUNCTION|NEXTVALUEEXPR' THEN 'v'"
    " ELSE p.provolatile::text END,"
    " CASE WHEN l.lanname = 'c' THEN p.probin::text END, " PGFOLD_SETS_TIME
    ","
    " p.oid >= 16384 AND p.pronargs > 0 AND (SELECT t.typrelid <> 0 OR t.typtype = 'p'"
    " FROM pg_catalog.pg_type t WHERE t.oid = p.proargtypes[0]),"
    " p.oid >= 16384 AND p.prokind <> 'a' AND NOT 'internal'::regtype = ANY (p.proargtypes)"
    " AND p.prorettype NOT IN ('language_handler'::regtype, 'fdw_handler'::regtype,"
    " 'index_am_handler'::regtype, 'table_am_handler'::regtype, 'tsm_handler'::regtype)"
    " AND (l.lanname NOT IN ('sql', 'plpgsql') OR p.prosrc ~*"
    " '(^|[^a-z_])(create|alter|drop|execute|call|do|grant|revoke|refresh|import)($|[^a-z_])'),"
    " p.prokind = 'a', p.proretset"
    " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang";

constexpr std::string_view relations =
    "SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.relrowsecurity,"
    " EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1')"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE " PGFOLD_RELATION;

constexpr std::string_view inheritance =
    "SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i"
    " JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relkind IN ('r', 'p', 'f')";

// pg_depend leaves out what is pinned: now(), pg_class. So the stored trees are searched for the
// numbers of functions and relations, as nodeToString() spells them. What looks like one inside a
// string constant only adds to the list.
constexpr std::string_view expressions =
    "SELECT DISTINCT e.relation, e.purpose, m.found[1], m.found[2] FROM ("
    "SELECT r.ev_class AS relation, 'view' AS purpose, r.ev_action::text AS tree"
    " FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE r.ev_type = '1' AND c.relkind = 'v' AND " PGFOLD_USER_RELATION
    " UNION ALL SELECT p.polrelid, 'policy',"
    " concat(p.polqual::text, ' ', p.polwithcheck::text) FROM pg_catalog.pg_policy p"
    " UNION ALL SELECT d.adrelid, 'write', d.adbin::text FROM pg_catalog.pg_attrdef d"
    " UNION ALL SELECT k.conrelid, 'write', k.conbin::text FROM pg_catalog.pg_constraint k"
    " WHERE k.contype = 'c' AND k.conrelid <> 0"
    ") e, LATERAL pg_catalog.regexp_matches(e.tree, '[ :{](funcid|aggfnoid|winfnoid|opfuncid|relid"
    "|tsmhandler|SQLVALUEFUNCTION :op) ([0-9]+)', 'g') AS m(found)"
    " WHERE e.tree IS NOT NULL AND (m.found[2] <> '0' OR m.found[1] = 'SQLVALUEFUNCTION :op')";

// Since PostgreSQL 18 a column may be declared NOT NULL and still hold old NULLs.
constexpr std::string_view columns =
    "SELECT a.attrelid, a.attnum, a.attname, a.atttypid,"
    " a.attnotnull AND (a.attrelid, a.attnum) NOT IN (SELECT v.conrelid, v.conkey[1]"
    " FROM pg_catalog.pg_constraint v"
    " WHERE v.contype = 'n' AND v.conrelid <> 0 AND NOT v.convalidated),"
    " coalesce(k.collisdeterministic, true), a.attgenerated <> ''"
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_collation k ON k.oid = a.attcollation"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND " PGFOLD_USER_RELATION;

// Unique in the sense of the column's own `=`: not under an operator class or a collation that
// tells apart what is equal to the column.
constexpr std::string_view unique_indexes =
    "SELECT i.indrelid, i.indisprimary, i.indnkeyatts, i.indkey::text"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL"
    " AND i.indexprs IS NULL AND NOT EXISTS (SELECT"
    " FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]"
    " JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k]"
    " LEFT JOIN pg_catalog.pg_collation e ON e.oid = a.attcollation"
    " WHERE NOT o.opcdefault OR (i.indcollation[k] <> a.attcollation"
    " AND NOT coalesce(e.collisdeterministic, true))) AND " PGFOLD_USER_RELATION;

constexpr std::string_view foreign_keys =
    "SELECT conrelid, confrelid, conkey::text, confkey::text, confdeltype, confupdtype"
    " FROM pg_catalog.pg_constraint WHERE contype = 'f'";

constexpr std::string_view triggers =
    "SELECT tgrelid, tgfoid, tgtype FROM pg_catalog.pg_trigger"
    " WHERE tgenabled <> 'D' AND tgfoid >= 16384";

constexpr std::string_view operators =
    "SELECT n.nspname, o.oprname, p.provolatile FROM pg_catalog.pg_operator o"
    " JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode"
    " JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace"
    " WHERE o.oid >= 16384 AND p.provolatile <> 'i'";

constexpr std::string_view hidden_calls_text =
    "SELECT 'cast', p.proname, p.provolatile FROM pg_catalog.pg_cast k"
    " JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc"
    " WHERE k.oid >= 16384 AND p.oid >= 16384 AND p.provolatile <> 'i'"
    " UNION ALL SELECT 'domain', p.proname, p.provolatile FROM pg_catalog.pg_constraint k,"
    " LATERAL pg_catalog.regexp_matches(k.conbin::text, ' :(funcid|opfuncid) ([0-9]+)', 'g')"
    " AS m(found) JOIN pg_catalog.pg_proc p ON p.oid = m.found[2]::oid"
    " WHERE k.contypid <> 0 AND k.conbin IS NOT NULL AND p.oid >= 16384 AND p.provolatile <> 'i'"
    " UNION ALL SELECT 'event_trigger', e.evtname, 'v' FROM pg_catalog.pg_event_trigger e"
    " WHERE e.evtenabled <> 'D'";

// Sets of rows out of what does not look like a call: operators, `row.name`.
constexpr std::string_view peculiarities =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_collation WHERE NOT collisdeterministic),"
    " EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid >= 16384 AND oprname = '='"
    " AND oprleft < 16384 AND oprright < 16384),"
    " EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.oid >= 16384 AND p.proretset AND ("
    "p.oid IN (SELECT o.oprcode FROM pg_catalog.pg_operator o) OR p.pronargs > 0 AND"
    " (SELECT t.typrelid <> 0 OR t.typtype = 'p' FROM pg_catalog.pg_type t"
    " WHERE t.oid = p.proargtypes[0])))";

// Every change of a row leaves a new xmin; a removal changes the count.
#define PGFOLD_ROWS(table) \
    "SELECT count(*) AS rows, sum(xmin::text::bigint) AS marks FROM pg_catalog." table
#define PGFOLD_NOT_TEMPORARY(column) \
    column " NOT IN (SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't')"
// clang-format off
constexpr std::string_view stamp =
    "SELECT pg_catalog.md5(pg_catalog.string_agg(concat(rows, '.', marks), ' ')) FROM ("
    PGFOLD_ROWS("pg_class WHERE relpersistence <> 't' AND oid >= 16384")
    " UNION ALL " PGFOLD_ROWS("pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'")
    " UNION ALL " PGFOLD_ROWS("pg_proc WHERE oid >= 16384")
    " UNION ALL " PGFOLD_ROWS("pg_aggregate WHERE aggfnoid >= 16384")
    " UNION ALL " PGFOLD_ROWS("pg_rewrite WHERE oid >= 16384")
    " UNION ALL " PGFOLD_ROWS("pg_trigger WHERE " PGFOLD_NOT_TEMPORARY("tgrelid"))
    " UNION ALL " PGFOLD_ROWS("pg_constraint WHERE " PGFOLD_NOT_TEMPORARY("conrelid"))
    " UNION ALL " PGFOLD_ROWS("pg_policy")
    " UNION ALL " PGFOLD_ROWS("pg_inherits WHERE " PGFOLD_NOT_TEMPORARY("inhrelid"))
    " UNION ALL " PGFOLD_ROWS("pg_attrdef WHERE " PGFOLD_NOT_TEMPORARY("adrelid"))
    " UNION ALL " PGFOLD_ROWS("pg_event_trigger")
    " UNION ALL " PGFOLD_ROWS("pg_index WHERE indexrelid >= 16384 AND " PGFOLD_NOT_TEMPORARY("indrelid"))
    " UNION ALL " PGFOLD_ROWS("pg_attribute WHERE attrelid >= 16384 AND attnum > 0"
                              " AND " PGFOLD_NOT_TEMPORARY("attrelid"))
    " UNION ALL " PGFOLD_ROWS("pg_cast WHERE oid >= 16384")
    " UNION ALL " PGFOLD_ROWS("pg_collation WHERE oid >= 16384")
    " UNION ALL " PGFOLD_ROWS("pg_operator WHERE oid >= 16384") ") parts";
// clang-format on

constexpr catalog_query queries[] = {
    {catalog_part::schemas, 2, schemas},
    {catalog_part::functions, 10, functions},
    {catalog_part::relations, 6, relations},
    {catalog_part::inheritance, 2, inheritance},
    {catalog_part::expressions, 4, expressions},
    {catalog_part::columns, 7, columns},
    {catalog_part::unique_indexes, 4, unique_indexes},
    {catalog_part::foreign_keys, 6, foreign_keys},
    {catalog_part::triggers, 3, triggers},
    {catalog_part::operators, 3, operators},
    {catalog_part::hidden_calls, 3, hidden_calls_text},
    {catalog_part::peculiarities, 3, peculiarities},
    {catalog_part::stamp, 1, stamp},
};

}  // namespace

std::span<const catalog_query> catalog_queries(int server_version_num) {
    if (server_version_num < server_version_min) return {};
    return queries;
}

std::span<const catalog_query> catalog_stamp_query(int server_version_num) {
    const auto all = catalog_queries(server_version_num);
    return all.empty() ? all : all.last(1);
}

}  // namespace pgfold::catalog
