// What has to be asked of a server, and set up on it, so that its changes can be followed.
//
// A publication that pgfold makes lists tables by name, and never FOR ALL TABLES: PostgreSQL
// refuses UPDATE and DELETE on a table that is published without a replica identity, and a table
// that is made tomorrow may have no primary key. So only tables that have one are put in, and only
// those that the login owns, which is what it takes. A publication of somebody else's is used as it
// is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/freshness/outside_writers.hpp"
#include "proxy/freshness/replication/wal_position.hpp"

namespace pgfold::freshness {

// One row as text; NULL is nothing.
using text_row = std::vector<std::optional<std::string_view>>;

class publication_queries {
public:
    // `name`: letters, digits and underscores (config/schema.cpp), so nothing has to be quoted.
    publication_queries(std::string name, int server_version)
        : name_(std::move(name)), server_version_(server_version) {}

    // What the session that asks needs, before anything else.
    [[nodiscard]] static std::string_view session_settings();

    // One row for read_situation().
    [[nodiscard]] std::string situation() const;
    // Makes the publication, over the tables that may be in it. Several statements.
    [[nodiscard]] std::string create() const;
    // One row: ALTER PUBLICATION … for the tables that may be in it and are not; NULL: none.
    [[nodiscard]] std::string extension() const;
    // One row for read_coverage().
    [[nodiscard]] std::string coverage() const;
    // Two results: the end of the log; then one row for read_state(), of which the first two are
    // NULL if the log still ends at `seen`. Or only the first, which is cheap.
    [[nodiscard]] std::string beat(std::string_view stamp_query, wal_position seen) const;
    [[nodiscard]] static std::string_view light_beat();
    // Rows: those of the transactions, by their 32 bits, that whoever asks from now on sees.
    [[nodiscard]] static std::string visible(std::span<const std::uint32_t> transactions);
    // Makes the server write its log to disk.
    [[nodiscard]] static std::string_view flush();

    // Of the connection that replicates.
    [[nodiscard]] static std::string create_slot(const std::string& slot);
    [[nodiscard]] std::string start(const std::string& slot) const;

private:
    [[nodiscard]] std::string candidates() const;
    [[nodiscard]] std::string covered() const;

    std::string name_;
    int server_version_;
};

struct publication_situation {
    bool exists = false;
    bool kept_by_pgfold = false;
    std::string refusal;  // why it cannot be followed; empty: it can
};
[[nodiscard]] publication_situation read_situation(const text_row& row, const std::string& name);

struct publication_coverage {
    std::string digest;
    table_set tables;
    std::uint64_t next_transaction = 0;  // whoever writes from now on has at least this number
};
[[nodiscard]] std::optional<publication_coverage> read_coverage(const text_row& row);

struct database_state {
    std::string stamp, digest;             // empty: as before
    std::uint64_t oldest_transaction = 0;  // all before this have ended
};
[[nodiscard]] std::optional<database_state> read_state(const text_row& row);

// Whether waiting makes it better: no, if it is for somebody to change something first.
[[nodiscard]] bool is_lasting_refusal(std::string_view sqlstate);

}  // namespace pgfold::freshness
