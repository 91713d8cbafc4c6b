// One database with a few tables, sessions on it, and answers that were remembered.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/freshness/prepared_gid.hpp"
#include "proxy/freshness/session_writes.hpp"
#include "proxy/freshness/table_versions.hpp"
#include "unit/catalog/made_catalog.hpp"

namespace pgfold::freshness {

// Tables a, b (refers to a, ON DELETE CASCADE) and c.
inline catalog::catalog_ptr three_tables() {
    catalog::made_catalog rows;
    rows.table(1, "a").table(2, "b").table(3, "c").foreign_key(2, "{1}", 1, "{1}", "c");
    return rows.build();
}

class shared_state {
public:
    explicit shared_state(freshness_rules rules = {}, unsettled_limits limits = {})
        : versions(directory, rules, limits), database(versions.database("d")) {
        publish();
    }

    void publish() {
        EXPECT_TRUE(database->catalog().publish(three_tables(), database->catalog().generation()));
    }

    [[nodiscard]] tracked_effects_ptr effects(std::string_view text) {
        const sql::analysis found = analyzer_.analyze(text);
        if (found.statement == nullptr) return unknown_effects(*database, text);
        return known_.of(database, *found.statement);
    }
    // An answer that was fetched now.
    [[nodiscard]] stamp remember(std::string_view text) {
        return database_versions::capture(effects(text)->reads);
    }

    std::shared_ptr<catalog::catalog_directory> directory =
        std::make_shared<catalog::catalog_directory>();
    table_versions versions;
    std::shared_ptr<database_versions> database;

private:
    sql::statement_analyzer analyzer_{sql::make_template_table()};
    known_effects known_;
};

// A client's connection, in steps.
class client {
public:
    explicit client(shared_state& shared)
        : shared_(shared), writes(shared.database, shared.versions.unsettled()) {}

    void forward(std::string_view text) {
        writes.on_forward(shared_.effects(text), prepared_gid(text).value_or(""));
    }
    // A simple query, up to its arrival at the server.
    void send(std::string_view text) {
        forward(text);
        outstanding_.push_back(writes.on_request_sent());
    }
    void sync() { outstanding_.push_back(writes.on_request_sent()); }
    // The server's answer to the oldest request.
    void receive(std::string_view tag, char status) {
        writes.on_outcome(tag);
        writes.on_ready(status, outstanding_.front());
        outstanding_.erase(outstanding_.begin());
    }
    void run(std::string_view text, std::string_view tag, char status) {
        send(text);
        receive(tag, status);
    }

private:
    shared_state& shared_;
    std::vector<request_number> outstanding_;

public:
    session_writes writes;
};

inline bool is_valid(const stamp& s) {
    return database_versions::is_valid(s);
}

}  // namespace pgfold::freshness
