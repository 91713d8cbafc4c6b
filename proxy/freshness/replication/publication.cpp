#include "proxy/freshness/replication/publication.hpp"

#include <charconv>

namespace pgfold::freshness {
namespace {

constexpr int via_root_version = 130000;
constexpr int row_filter_version = 150000;

constexpr std::string_view kept_by_pgfold = "kept by pgfold";

std::string to_text(wal_position position) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) {
        text += digits[position >> shift & 15];
        if (shift == 32) text += '/';
    }
    return text;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

}  // namespace

std::string_view publication_queries::session_settings() {
    return "SET default_transaction_isolation = 'read committed';"
           " SET default_transaction_read_only = off; SET search_path = pg_catalog;"
           " SET lock_timeout = '1s'; SET statement_timeout = '60s'; SET jit = off;"
           " SET max_parallel_workers_per_gather = 0; SET synchronous_commit = local;"
           " SET client_encoding = 'UTF8'; SET client_min_messages = warning";
}

std::string publication_queries::situation() const {
    const std::string via_root =
        server_version_ >= via_root_version ? "p.pubviaroot" : "p.pubname IS NULL";
    return "SELECT pg_catalog.current_setting('wal_level'), pg_catalog.pg_is_in_recovery(),"
           " p.pubname IS NOT NULL, p.pubinsert AND p.pubupdate AND p.pubdelete AND "
           "p.pubtruncate, " +
           via_root + ", coalesce(pg_catalog.obj_description(p.oid, 'pg_publication') = '" +
           std::string(kept_by_pgfold) +
           "', false)"
           " FROM (SELECT) one LEFT JOIN pg_catalog.pg_publication p ON p.pubname = '" +
           name_ + "'";
}

// With a replica identity, and owned by the login.
std::string publication_queries::candidates() const {
    return "SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', ')"
           " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
           " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= 16384"
           " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
           " AND pg_catalog.pg_has_role(c.relowner, 'USAGE')"
           " AND (c.relreplident = 'f' OR EXISTS (SELECT FROM pg_catalog.pg_index i"
           " WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate"
           " AND CASE c.relreplident WHEN 'd' THEN i.indisprimary"
           " WHEN 'i' THEN i.indisreplident END))"
           " AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel r"
           " JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid"
           " WHERE r.prrelid = c.oid AND p.pubname = '" +
           name_ + "')";
}

std::string publication_queries::create() const {
    return "DO $$ BEGIN EXECUTE pg_catalog.concat('CREATE PUBLICATION " + name_ +
           "', ' FOR TABLE ' || (" + candidates() + ")); COMMENT ON PUBLICATION " + name_ +
           " IS '" + std::string(kept_by_pgfold) + "'; END $$";
}

std::string publication_queries::extension() const {
    return "SELECT 'ALTER PUBLICATION " + name_ + " ADD TABLE ' || (" + candidates() + ")";
}

// A partitioned table has no rows of its own: those that read it read its partitions, too. What is
// unlogged, foreign or materialized is in no publication; what has a row filter is left out here.
std::string publication_queries::covered() const {
    const std::string unfiltered =
        server_version_ >= row_filter_version ? " AND t.rowfilter IS NULL" : "";
    return "SELECT c.oid FROM pg_catalog.pg_publication_tables t"
           " JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname"
           " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename"
           " WHERE t.pubname = '" +
           name_ + "' AND c.relkind = 'r' AND c.relpersistence = 'p'" + unfiltered +
           " UNION ALL SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'p'";
}

std::string publication_queries::coverage() const {
    return "SELECT pg_catalog.md5(list), list,"
           " pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())"
           " FROM (SELECT coalesce(pg_catalog.string_agg(oid::text, ',' ORDER BY oid), '') AS list"
           " FROM (" +
           covered() + ") covered) listed";
}

// Two statements, each with a snapshot of its own: the second cannot be older than the place that
// the first has told.
std::string publication_queries::beat(std::string_view stamp_query, wal_position seen) const {
    const std::string when_moved =
        "CASE WHEN pg_catalog.pg_current_wal_insert_lsn() <> '" + to_text(seen) + "' THEN (";
    return std::string(light_beat()) + "; SELECT " + when_moved + std::string(stamp_query) +
           ") END, " + when_moved +
           "SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(oid::text, ',' ORDER BY oid), ''))"
           " FROM (" +
           covered() +
           ") covered) END,"
           " pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot())";
}

std::string_view publication_queries::light_beat() {
    return "SELECT pg_catalog.pg_current_wal_insert_lsn()";
}

// A number's upper half is that of the numbers around it.
std::string publication_queries::visible(std::span<const std::uint32_t> transactions) {
    std::string numbers;
    for (const std::uint32_t number : transactions)
        numbers += (numbers.empty() ? "" : ",") + std::to_string(number);
    return "SELECT number FROM pg_catalog.unnest('{" + numbers +
           "}'::pg_catalog.int8[]) number, "
           "(SELECT pg_catalog.txid_current_snapshot() AS now) s WHERE "
           "pg_catalog.txid_visible_in_snapshot(pg_catalog.txid_snapshot_xmax(now) + "
           "((number - pg_catalog.txid_snapshot_xmax(now) % 4294967296 + 6442450944) % 4294967296 "
           "- 2147483648), now)";
}

// Transactional: its commit is what flushes.
std::string_view publication_queries::flush() {
    return "SELECT pg_catalog.pg_logical_emit_message(true, 'pgfold', '')";
}

std::string publication_queries::create_slot(const std::string& slot) {
    return "CREATE_REPLICATION_SLOT " + slot + " TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT";
}

std::string publication_queries::start(const std::string& slot) const {
    return "START_REPLICATION SLOT " + slot +
           " LOGICAL 0/0 (proto_version '1', publication_names '" + name_ + "')";
}

publication_situation read_situation(const text_row& row, const std::string& name) {
    publication_situation found;
    if (row.size() != 6 || !row[0]) {
        found.refusal = "the server's answer was not understood";
        return found;
    }
    const auto is = [&](std::size_t column) { return row[column] == "t"; };
    found.exists = is(2);
    found.kept_by_pgfold = is(5);
    if (is(1))
        found.refusal = "the server is a standby: changes are followed on a primary only";
    else if (row[0] != "logical")
        found.refusal = "wal_level is " + std::string(*row[0]) +
                        ": following changes needs wal_level = logical, and then a restart of "
                        "PostgreSQL";
    else if (found.exists && !is(3))
        found.refusal = "the publication " + name +
                        " does not publish all of insert, update, delete and truncate";
    else if (found.exists && is(4))
        found.refusal = "the publication " + name +
                        " has publish_via_partition_root, which hides what partition changed";
    return found;
}

std::optional<publication_coverage> read_coverage(const text_row& row) {
    if (row.size() != 3 || !row[0] || !row[1] || !row[2]) return std::nullopt;
    publication_coverage found;
    found.digest = *row[0];
    const auto next = parse_number<std::uint64_t>(*row[2]);
    if (!next) return std::nullopt;
    found.next_transaction = *next;
    std::string_view list = *row[1];
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const auto id = parse_number<catalog::oid>(list.substr(0, comma));
        if (!id) return std::nullopt;
        found.tables.insert(*id);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return found;
}

std::optional<database_state> read_state(const text_row& row) {
    if (row.size() != 3 || !row[2]) return std::nullopt;
    const auto oldest = parse_number<std::uint64_t>(*row[2]);
    if (!oldest) return std::nullopt;
    return database_state{std::string(row[0].value_or("")), std::string(row[1].value_or("")),
                          *oldest};
}

// Privileges and logins, what the server is not set up for, what there is not; and poolers, which
// refuse a connection that replicates.
bool is_lasting_refusal(std::string_view sqlstate) {
    return sqlstate.starts_with("28") || sqlstate == "42501" || sqlstate == "42704" ||
           sqlstate == "55000" || sqlstate == "08P01" || sqlstate == "0A000" || sqlstate == "3D000";
}

}  // namespace pgfold::freshness
