#include "analyzer/catalog/harmless_functions.hpp"

#include <algorithm>
#include <iterator>

namespace pgfold::catalog {
namespace {

// clang-format off
constexpr std::string_view functions[] = {
    "clock_timestamp", "current_query", "currval", "gen_random_uuid", "lastval", "lo_close",
    "lo_creat", "lo_create", "lo_export", "lo_from_bytea", "lo_get", "lo_import", "lo_lseek",
    "lo_lseek64", "lo_open", "lo_put", "lo_tell", "lo_tell64", "lo_truncate", "lo_truncate64",
    "lo_unlink", "loread", "lowrite", "nextval", "pg_backend_pid", "pg_blocking_pids",
    "pg_cancel_backend", "pg_collation_actual_version", "pg_create_restore_point",
    "pg_current_logfile", "pg_current_snapshot", "pg_current_xact_id",
    "pg_current_xact_id_if_assigned", "pg_database_size", "pg_export_snapshot",
    "pg_get_backend_memory_contexts", "pg_get_shmem_allocations", "pg_hba_file_rules",
    "pg_indexes_size", "pg_is_in_recovery", "pg_is_wal_replay_paused",
    "pg_isolation_test_session_is_blocked", "pg_jit_available", "pg_lock_status",
    "pg_log_backend_memory_contexts", "pg_logical_emit_message", "pg_notification_queue_usage",
    "pg_notify", "pg_partition_ancestors", "pg_partition_tree", "pg_prepared_xact", "pg_promote",
    "pg_read_binary_file", "pg_read_file", "pg_relation_size", "pg_reload_conf",
    "pg_rotate_logfile", "pg_safe_snapshot_blocking_pids", "pg_sequence_last_value",
    "pg_show_all_file_settings", "pg_sleep", "pg_sleep_for", "pg_sleep_until", "pg_switch_wal",
    "pg_table_size", "pg_tablespace_size", "pg_terminate_backend", "pg_total_relation_size",
    "pg_xact_commit_timestamp", "pg_xact_status", "random", "random_normal", "set_config",
    "setseed", "setval", "timeofday", "txid_current", "txid_current_if_assigned", "txid_status",
    "uuidv4", "uuidv7",
};

constexpr std::string_view families[] = {
    "pg_advisory_", "pg_control_", "pg_current_wal_", "pg_last_", "pg_ls_", "pg_stat_",
    "pg_try_advisory_",
};

constexpr std::string_view libraries[] = {
    "_int", "amcheck", "autoinc", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dict_int",
    "dict_xsyn", "file_fdw", "fuzzystrmatch", "hstore", "insert_username", "isn", "lo", "ltree",
    "moddatetime", "pageinspect", "pg_buffercache", "pg_freespacemap", "pg_prewarm",
    "pg_stat_statements", "pg_trgm", "pg_visibility", "pg_walinspect", "pgcrypto", "pgrowlocks",
    "pgstattuple", "postgres_fdw", "seg", "sslinfo", "tcn", "tsm_system_rows", "tsm_system_time",
    "unaccent", "uuid-ossp",
};
// clang-format on

static_assert(std::is_sorted(std::begin(functions), std::end(functions)));
static_assert(std::is_sorted(std::begin(libraries), std::end(libraries)));

}  // namespace

bool is_harmless_builtin(std::string_view name) {
    return std::binary_search(std::begin(functions), std::end(functions), name) ||
           std::any_of(std::begin(families), std::end(families),
                       [name](std::string_view family) { return name.starts_with(family); });
}

bool is_harmless_library(std::string_view library) {
    constexpr std::string_view folder = "$libdir/";
    if (library.starts_with(folder)) library.remove_prefix(folder.size());
    return std::binary_search(std::begin(libraries), std::end(libraries), library);
}

}  // namespace pgfold::catalog
