// From pg_proc of PostgreSQL 15: schema pg_catalog, without what only the system calls. A name is
// immutable when all its overloads are. "Stable" is what depends on the session's settings and on
// nothing else; what depends on the clock, the user, the snapshot or the catalog is in neither
// list.
#include "analyzer/sql/builtin_functions.hpp"

#include <algorithm>
#include <iterator>

namespace pgfold::sql {
namespace {

// clang-format off
constexpr std::string_view immutable_functions[] = {
    "abbrev", "abs", "acos", "acosd", "acosh", "area", "array_append", "array_cat", "array_dims",
    "array_fill", "array_length", "array_lower", "array_ndims", "array_position", "array_positions",
    "array_prepend", "array_remove", "array_replace", "array_to_tsvector", "array_upper", "ascii",
    "asin", "asind", "asinh", "atan", "atan2", "atan2d", "atand", "atanh", "bit", "bit_count",
    "bit_length", "bool", "bound_box", "box", "bpchar", "btrim", "cardinality", "cash_words",
    "cbrt", "ceil", "ceiling", "center", "char", "char_length", "character_length", "chr", "cidr",
    "circle", "cos", "cosd", "cosh", "cot", "cotd", "cume_dist", "datemultirange", "daterange",
    "decode", "degrees", "dense_rank", "diagonal", "diameter", "div", "encode", "exp", "factorial",
    "family", "first_value", "float4", "float8", "floor", "gcd", "generate_subscripts", "get_bit",
    "get_byte", "grouping", "height", "host", "hostmask", "inet_merge", "inet_same_family",
    "initcap", "int2", "int4", "int4multirange", "int4range", "int8", "int8multirange", "int8range",
    "interval", "is_normalized", "isclosed", "isempty", "isfinite", "ishorizontal", "isopen",
    "isparallel", "isperp", "isvertical", "json_array_elements", "json_array_elements_text",
    "json_array_length", "json_each", "json_each_text", "json_object", "json_object_keys",
    "json_strip_nulls", "json_typeof", "jsonb_array_element", "jsonb_array_element_text",
    "jsonb_array_elements", "jsonb_array_elements_text", "jsonb_array_length", "jsonb_concat",
    "jsonb_contained", "jsonb_contains", "jsonb_delete", "jsonb_delete_path", "jsonb_each",
    "jsonb_each_text", "jsonb_exists", "jsonb_exists_all", "jsonb_exists_any", "jsonb_extract_path",
    "jsonb_extract_path_text", "jsonb_insert", "jsonb_object", "jsonb_object_field",
    "jsonb_object_field_text", "jsonb_object_keys", "jsonb_path_exists", "jsonb_path_match",
    "jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_pretty",
    "jsonb_set", "jsonb_set_lax", "jsonb_strip_nulls", "jsonb_typeof", "justify_days",
    "justify_hours", "justify_interval", "lag", "last_value", "lcm", "lead", "left", "like",
    "like_escape", "line", "ln", "log", "log10", "lower", "lower_inc", "lower_inf", "lpad", "lseg",
    "ltrim", "macaddr", "macaddr8", "make_date", "make_interval", "make_time", "make_timestamp",
    "masklen", "md5", "min_scale", "mod", "multirange", "name", "netmask", "network", "normalize",
    "npoints", "nth_value", "ntile", "num_nonnulls", "num_nulls", "numeric_exp", "numeric_ln",
    "numeric_log", "numeric_sqrt", "nummultirange", "numnode", "numrange", "octet_length", "oid",
    "overlay", "parse_ident", "path", "pclose", "percent_rank", "pg_lsn", "pg_size_bytes",
    "pg_size_pretty", "pg_snapshot_xip", "pg_snapshot_xmax", "pg_wal_lsn_diff", "pg_walfile_name",
    "pg_walfile_name_offset", "pi", "point", "polygon", "popen", "position", "pow", "power",
    "quote_ident", "radians", "radius", "range_adjacent", "range_after", "range_before",
    "range_contained_by", "range_contains", "range_intersect", "range_merge", "range_minus",
    "range_overlaps", "range_overleft", "range_overright", "range_union", "rank", "regexp_count",
    "regexp_instr", "regexp_like", "regexp_match", "regexp_matches", "regexp_replace",
    "regexp_split_to_array", "regexp_split_to_table", "regexp_substr", "repeat", "replace",
    "reverse", "right", "round", "row_number", "rpad", "rtrim", "scale", "set_bit", "set_byte",
    "set_masklen", "setweight", "sha224", "sha256", "sha384", "sha512", "sign", "similar_escape",
    "sin", "sind", "sinh", "slope", "split_part", "sqrt", "starts_with", "string_to_array",
    "string_to_table", "strip", "strpos", "substr", "substring", "tan", "tand", "tanh", "text",
    "to_ascii", "to_hex", "translate", "trim_array", "trim_scale", "trunc", "tsmultirange",
    "tsrange", "tstzmultirange", "tstzrange", "tsvector_to_array", "txid_snapshot_xip",
    "txid_snapshot_xmax", "unistr", "unnest", "upper", "upper_inc", "upper_inf", "varbit",
    "varchar", "width", "width_bucket", "xid", "xml_is_well_formed_content",
    "xml_is_well_formed_document", "xmlcomment", "xmlconcat2", "xmlexists", "xmlvalidate", "xpath",
    "xpath_exists",
};

constexpr std::string_view stable_functions[] = {
    "array_to_json", "array_to_string", "concat", "concat_ws", "convert", "convert_from",
    "convert_to", "date", "date_part", "date_trunc", "enum_first", "enum_last", "enum_range",
    "extract", "format", "generate_series", "json_build_array", "json_build_object",
    "json_populate_record", "json_populate_recordset", "json_to_record", "json_to_recordset",
    "json_to_tsvector", "jsonb_build_array", "jsonb_build_object", "jsonb_path_exists_tz",
    "jsonb_path_match_tz", "jsonb_path_query_array_tz", "jsonb_path_query_first_tz",
    "jsonb_path_query_tz", "jsonb_populate_record", "jsonb_populate_recordset", "jsonb_to_record",
    "jsonb_to_recordset", "jsonb_to_tsvector", "length", "make_timestamptz", "money", "numeric",
    "overlaps", "pg_typeof", "phraseto_tsquery", "plainto_tsquery", "quote_literal",
    "quote_nullable", "row_to_json", "time", "timestamp", "timestamptz", "timetz", "timezone",
    "to_char", "to_date", "to_json", "to_jsonb", "to_number", "to_timestamp", "to_tsquery",
    "to_tsvector", "websearch_to_tsquery", "xml", "xml_is_well_formed",
};

constexpr std::string_view immutable_aggregates[] = {
    "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr", "count",
    "covar_pop", "covar_samp", "every", "max", "min", "mode", "percentile_cont", "percentile_disc",
    "range_agg", "range_intersect_agg", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept",
    "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "stddev", "stddev_pop",
    "stddev_samp", "string_agg", "sum", "var_pop", "var_samp", "variance", "xmlagg",
};

constexpr std::string_view stable_aggregates[] = {
    "json_agg", "json_object_agg", "jsonb_agg", "jsonb_object_agg",
};

constexpr std::string_view clock_functions[] = {
    "age", "clock_timestamp", "current_date", "current_time", "current_timestamp", "localtime",
    "localtimestamp", "now", "pg_postmaster_start_time", "statement_timestamp", "timeofday",
    "transaction_timestamp",
};

constexpr std::string_view session_functions[] = {
    "current_catalog", "current_database", "current_role", "current_schema", "current_schemas",
    "current_setting", "current_user", "has_column_privilege", "has_schema_privilege",
    "has_table_privilege", "inet_client_addr", "inet_client_port", "inet_server_addr",
    "inet_server_port", "pg_backend_pid", "pg_has_role", "row_security_active", "session_user",
    "version",
};

constexpr std::string_view volatile_functions[] = {
    "currval", "cursor_to_xml", "gen_random_uuid", "lastval", "lo_creat", "lo_create", "lo_export",
    "lo_from_bytea", "lo_get", "lo_import", "lo_open", "lo_put", "lo_unlink", "loread", "lowrite",
    "nextval", "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_unlock",
    "pg_advisory_unlock_all", "pg_advisory_unlock_shared", "pg_advisory_xact_lock",
    "pg_advisory_xact_lock_shared", "pg_cancel_backend", "pg_current_xact_id", "pg_notify",
    "pg_reload_conf", "pg_sleep", "pg_sleep_for", "pg_sleep_until", "pg_terminate_backend",
    "pg_try_advisory_lock", "pg_try_advisory_lock_shared", "pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared", "query_to_xml", "random", "set_config", "setseed", "setval",
    "txid_current",
};
// clang-format on

static_assert(std::is_sorted(std::begin(immutable_functions), std::end(immutable_functions)));
static_assert(std::is_sorted(std::begin(stable_functions), std::end(stable_functions)));
static_assert(std::is_sorted(std::begin(immutable_aggregates), std::end(immutable_aggregates)));
static_assert(std::is_sorted(std::begin(stable_aggregates), std::end(stable_aggregates)));
static_assert(std::is_sorted(std::begin(clock_functions), std::end(clock_functions)));
static_assert(std::is_sorted(std::begin(session_functions), std::end(session_functions)));
static_assert(std::is_sorted(std::begin(volatile_functions), std::end(volatile_functions)));

template <std::size_t size>
bool contains(const std::string_view (&names)[size], std::string_view name) {
    return std::binary_search(std::begin(names), std::end(names), name);
}

}  // namespace

function_volatility builtin_volatility(std::string_view name) {
    if (contains(immutable_functions, name) || contains(immutable_aggregates, name))
        return function_volatility::immutable;
    if (contains(stable_functions, name) || contains(stable_aggregates, name))
        return function_volatility::stable;
    if (contains(clock_functions, name)) return function_volatility::clock;
    if (contains(session_functions, name)) return function_volatility::session;
    if (contains(volatile_functions, name)) return function_volatility::volatile_;
    return function_volatility::unknown;
}

bool is_builtin_aggregate(std::string_view name) {
    return contains(immutable_aggregates, name) || contains(stable_aggregates, name);
}

}  // namespace pgfold::sql
