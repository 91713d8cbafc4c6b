// Versions of one database's tables, shared between threads.
//
// A reader: resolve the tables that its query depends on into a read_set, once per template;
// capture() before the query is sent; is_valid() when its answer is to be served. Both only load
// atomics.
//
// Why a valid answer is right: no word changed between its capture and the first load of the check,
// so in that time no write to these tables was in flight, hence none was committed; the query's
// snapshot lies in that time. The tables therefore stand, at the moment of that first load, as the
// snapshot saw them, and that moment lies between the arrival of the statement and its answer.
//
// A writer: begin_write() on its tables' entries before its statement is sent, end_write() when its
// transaction has ended and before the client hears of it (session_writes.hpp does that).
//
// Tables are catalog OIDs. There are no entries by name: a name that the catalog does not know is a
// write to everything, and as a read it has no known answer. So a write by name cannot miss a read
// by OID.
//
// Writers elsewhere, past this pgfold, are known either not at all, and then an answer's age is
// what bounds how old it is, or by a replication stream: then see outside_writers.hpp.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "analyzer/catalog/catalog_directory.hpp"
#include "proxy/freshness/freshness_rules.hpp"
#include "proxy/freshness/outside_writers.hpp"
#include "proxy/freshness/table_entry.hpp"

namespace pgfold::freshness {

class database_versions;

// The tables that an answer depends on, by the catalog of that generation.
struct read_set {
    std::shared_ptr<const database_versions> database;
    std::uint64_t catalog_generation = 0;
    std::vector<const table_entry*> tables;
    std::uint32_t part = 0;  // rows of one key only: which (table_keys); 0: whole tables
};
using read_set_ptr = std::shared_ptr<const read_set>;

// How the tables stood; default: not valid.
struct stamp {
    read_set_ptr tables;
    std::uint64_t sum = 0;  // of words that only grow: equal when all of them are
};

// What a table has besides its own entry, which all writes raise: those that are not known to be of
// one key raise `wide`, the others one of the places that keys are dealt out to. Who reads rows of
// one key depends on `wide` and on its place (key_access.hpp).
struct table_keys {
    static constexpr std::size_t places_count = 128;
    table_entry wide;
    std::array<table_entry, places_count> places;
};

class database_versions {
public:
    // More tables share entries: then a write to one is a write to the other too, which is safe.
    static constexpr std::size_t tables_max = 200'000;
    static constexpr std::size_t keyed_tables_max = 4'000;  // 8 KiB each

    // `role_settings` and `unfollowed` are one for all databases of a server. With `outside`
    // nothing is valid until the stream is open (outside_writers::open).
    database_versions(std::shared_ptr<catalog::database_catalog> catalog,
                      const freshness_rules& rules,
                      std::shared_ptr<table_entry> role_settings = std::make_shared<table_entry>(),
                      stream_hooks outside = {},
                      std::shared_ptr<table_entry> unfollowed = std::make_shared<table_entry>());
    database_versions(const database_versions&) = delete;
    database_versions& operator=(const database_versions&) = delete;

    [[nodiscard]] catalog::database_catalog& catalog() const { return *catalog_; }
    [[nodiscard]] const freshness_rules& rules() const { return rules_; }

    // Entries live as long as this.
    [[nodiscard]] table_entry& everything() { return everything_; }
    // What roles and databases have settings of, with which sessions begin (ALTER ROLE … SET).
    [[nodiscard]] table_entry& role_settings() { return *role_settings_; }
    [[nodiscard]] table_entry& table(catalog::oid id);
    // Null where keys are not told apart: with a stream from outside, which tells of tables only,
    // or where there are too many tables.
    [[nodiscard]] table_keys* keys_of(catalog::oid id);
    // All that table() has been asked for.
    void visit(const std::function<void(catalog::oid, const table_entry&)>& look) const;

    // Not valid if a writer is in flight, or if the catalog has changed since the tables were
    // looked up in it.
    [[nodiscard]] static stamp capture(const read_set_ptr& tables);
    [[nodiscard]] static bool is_valid(const stamp& s);
    [[nodiscard]] static bool is_valid(const read_set& tables, std::uint64_t sum);

    // Null: nobody tells of writers elsewhere.
    [[nodiscard]] outside_writers* outside() const { return outside_.get(); }

    // Some session's server is a standby (standby_session): its writers are elsewhere, and only the
    // age of an answer bounds how old it is.
    [[nodiscard]] bool has_writers_elsewhere() const { return standby_sessions_.load() > 0; }

    // Some session writes and nobody follows it (unfollowed_session): nothing is valid.
    [[nodiscard]] bool has_unfollowed() const {
        return table_entry::has_writers(unfollowed_->load());
    }

    // Writers whose tables were found with the catalog of `generation`. False if that is not the
    // catalog's any more: then they must count as writers of everything.
    [[nodiscard]] bool begin_with_catalog(std::uint64_t generation);
    void join_with_catalog(std::uint64_t generation);  // beside one that is in flight
    void end_with_catalog(std::uint64_t generation);

    // A transaction that did DDL is over: the catalog is, too. Its write to everything ends when
    // no writer is left that knows the older catalog: such a one may fire a trigger that it has
    // never heard of.
    void end_ddl(unsigned writes_to_everything);
    // DDL that nobody saw has made the catalog of that generation wrong.
    void note_unseen_ddl(std::uint64_t generation);

private:
    friend class standby_session;
    friend class outside_writers;
    [[nodiscard]] std::uint64_t sum(const read_set& tables) const;
    void end_parked();  // under writers_mutex_

    const std::shared_ptr<catalog::database_catalog> catalog_;
    const freshness_rules rules_;
    const std::shared_ptr<table_entry> role_settings_;
    const std::shared_ptr<table_entry> unfollowed_;
    table_entry everything_;
    std::atomic<std::uint32_t> standby_sessions_{0};

    const std::unique_ptr<outside_writers> outside_;

    mutable std::mutex tables_mutex_;
    std::unordered_map<catalog::oid, std::unique_ptr<table_entry>> tables_;
    std::unordered_map<catalog::oid, std::unique_ptr<table_keys>> keys_;
    std::vector<table_entry*> shared_;  // tables_max of them, once there are that many

    struct parked_write {
        std::uint64_t generation;  // ends when no older writer is left
        unsigned writes;
    };
    std::mutex writers_mutex_;
    std::map<std::uint64_t, std::uint32_t> writers_;  // in flight, by generation
    std::vector<parked_write> parked_;
};

// Held by a session as long as its server says that it is a standby. So a promotion is noticed with
// the ParameterStatus that tells of it, or when the last connection to the old standby ends.
class standby_session {
public:
    explicit standby_session(std::shared_ptr<database_versions> database)
        : database_(std::move(database)) {
        database_->standby_sessions_.fetch_add(1);
    }
    ~standby_session() { database_->standby_sessions_.fetch_sub(1); }
    standby_session(const standby_session&) = delete;
    standby_session& operator=(const standby_session&) = delete;

private:
    const std::shared_ptr<database_versions> database_;
};

}  // namespace pgfold::freshness
