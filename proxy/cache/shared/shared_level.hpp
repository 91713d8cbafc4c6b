// A second level behind the cache's memory, which several pgfold processes share.
//
// Flow, of a session that leads a flight and has found nothing in memory:
//
//     asked = level.look(…, its ticket)     false: nothing to expect there, it asks the server
//     … the ticket lands: the answer is in memory, or is not
//     fill->shared = asked                  the server is asked after all; the answer comes
//     level.keep(*asked, answer)            for the others
//
// What makes an answer from there as good as one of our own. Each table has a token in the shared
// level, a random value that never comes back, and so has the database as a whole. An answer is
// stored with the tokens as they stood before its query was sent, and counts only while they stand.
// Whoever has seen a write (through itself, or by a replication stream) replaces the table's token,
// after that write is over; and until it is told that this has been done, it asks for no answers
// that rest on that table (table_tokens.hpp). So an answer with a token that stands was asked for
// after every write that this process knows of. What it does not know of, no answer in its own
// memory takes into account either: what bounds that is `freshness.out_of_band`.
//
// Nothing here waits for the network, and nothing is lost when it is away but time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cache/result_cache.hpp"
#include "proxy/freshness/database_versions.hpp"

namespace pgfold::cache {

// What a database is called by all: which one it is no name on the network tells for certain.
struct shared_database {
    std::string server;             // as configured
    std::string system_identifier;  // of the server's data
    std::string name;
};

struct shared_question {
    std::shared_ptr<freshness::database_versions> database;
    std::string settings;  // the session's, in full
    sql::template_ptr statement;
    const answer_key& key;
    freshness::read_set_ptr tables;  // whole tables, also where the stamp is of rows of one key
    freshness::stamp stamp;
    std::uint64_t flushes = 0;  // when the stamp was taken
    std::chrono::milliseconds age_max{0};
};

// A question on its way, and then what has been heard.
struct shared_lookup {
    std::string name;                      // of the answer
    std::vector<std::string> token_names;  // of what it rests on
    std::shared_ptr<freshness::database_versions> database;
    sql::template_ptr statement;
    answer_key key;
    freshness::stamp stamp;
    std::uint64_t flushes = 0;
    std::chrono::milliseconds age_max{0};
    flight_ticket ticket;  // lands when it is answered
    // Once it has landed: how the tokens stood. Empty: not known, nothing is to be kept.
    std::vector<std::string> tokens;
    std::uint64_t epoch = 0;  // of the connection that said so
};
using shared_lookup_ptr = std::shared_ptr<shared_lookup>;

// An answer that this process has got from the server.
struct shared_answer {
    std::span<const std::byte> row_description;
    std::span<const std::byte> rows;
    std::uint32_t count = 0;
    detect::timestamp asked;
};

struct shared_totals {
    std::atomic<std::uint64_t> hits{0}, misses{0}, stores{0}, renewals{0}, failures{0};
};

class shared_level {
public:
    virtual ~shared_level() = default;

    [[nodiscard]] virtual bool is_up() const = 0;
    [[nodiscard]] virtual bool knows(const freshness::database_versions& database) const = 0;
    // From here on its writes are told to the others.
    virtual void follow(std::shared_ptr<freshness::database_versions> database,
                        const shared_database& who) = 0;
    // Null: nothing is to be had there now, and the ticket is as it was.
    [[nodiscard]] virtual shared_lookup_ptr look(const shared_question& asked,
                                                 flight_ticket& ticket) = 0;
    virtual void keep(const shared_lookup& asked, const shared_answer& answer) = 0;
    [[nodiscard]] virtual const shared_totals& totals() const = 0;
};

}  // namespace pgfold::cache
