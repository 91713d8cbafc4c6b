// Loops through a session that folds them: what drivers send for one lookup, and the fixtures of
// the tests about it. The client's bytes must be those that the server itself would have sent.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "unit/session/folding_conversation.hpp"

namespace pgfold::test {

inline const std::string parents = "SELECT id FROM parent";
inline const std::string child = "SELECT name, n FROM child WHERE parent_id = $1";

inline std::string child_of(int key) {
    return "SELECT name, n FROM child WHERE parent_id = " + std::to_string(key);
}

inline std::string int4(int value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
            static_cast<char>(value >> 8), static_cast<char>(value)};
}

// What a driver sends for one lookup.
using cycle = bytes (*)(int key);

inline bytes simple(int key) {
    return frontend::query(child_of(key));
}
inline bytes unnamed(int key) {  // node-postgres
    return frontend::parse("", child) + frontend::bind("", "", {std::to_string(key)}, {0}, {0}) +
           frontend::describe_portal("") + frontend::execute() + frontend::sync();
}
inline bytes unnamed_typed(int key) {  // psycopg 3, before it prepares
    return frontend::parse("", child, {23}) + frontend::bind("", "", {int4(key)}, {1}, {0}) +
           frontend::describe_portal("") + frontend::execute() + frontend::sync();
}
inline bytes named(int key) {  // psycopg 3, ruby-pg, ActiveRecord
    return frontend::bind("", "s", {int4(key)}, {1}, {0}) + frontend::describe_portal("") +
           frontend::execute() + frontend::sync();
}
inline bytes named_without_describe(int key) {  // asyncpg
    return frontend::bind("", "s", {int4(key)}, {1}, {1}) + frontend::execute() + frontend::sync();
}
inline bytes format_per_column(int key) {  // pgjdbc from the sixth on, pgx
    return frontend::bind("", "s", {int4(key)}, {1}, {0, 1}) + frontend::execute() +
           frontend::sync();
}
inline bytes portal_closed(int key) {  // sqlx
    return frontend::bind("", "s", {int4(key)}, {1}, {1}) + frontend::execute() +
           frontend::close_portal("") + frontend::sync();
}
inline bytes unnamed_literal(int key) {  // ActiveRecord without prepared statements
    return frontend::parse("", child_of(key)) + frontend::bind("", "", {}, {}, {0}) +
           frontend::describe_portal("") + frontend::execute() + frontend::sync();
}
inline bytes unnamed_kept(int key) {  // lib/pq, behind its Parse
    return frontend::bind("", "", {std::to_string(key)}, {}, {0, 1}) + frontend::execute() +
           frontend::sync();
}

inline bytes prepare(const std::string& name = "s") {
    return frontend::parse(name, child, {23}) + frontend::describe_statement(name) +
           frontend::sync();
}

class Folding : public testing::Test {
protected:
    void loop(cycle lookup, int first, int last) {
        for (int key = first; key <= last && !HasFatalFailure(); ++key)
            c.exchange(lookup(key));
    }
    // A parent, the first two lookups and what they fetch.
    void begin(cycle lookup = simple) {
        c.exchange(frontend::query(parents));
        loop(lookup, 1, 2);
        EXPECT_EQ(c.take_answered_here(), 0u);
        (void)c.take_round_trips();
        c.server().keys_asked.clear();
    }
    void write_elsewhere() {
        folding_conversation other(shared);
        other.exchange(frontend::query("UPDATE child SET n = 1 WHERE parent_id = 9"));
        c.change_servers([](shop_server& s) { s.write(); });
    }

    folding_surroundings shared;
    folding_conversation c{shared};
};

struct driver {
    const char* name;
    cycle lookup;
    bool prepares;
};
inline const driver drivers[] = {
    {"simple", simple, false},
    {"unnamed", unnamed, false},
    {"unnamed_typed", unnamed_typed, false},
    {"unnamed_literal", unnamed_literal, false},
    {"named", named, true},
    {"named_without_describe", named_without_describe, true},
    {"format_per_column", format_per_column, true},
    {"portal_closed", portal_closed, true},
};

// Each file derives one of its own, for testing::ValuesIn(drivers).
class EachDriver : public Folding, public testing::WithParamInterface<driver> {};

inline std::string driver_name(const testing::TestParamInfo<driver>& one) {
    return one.param.name;
}

}  // namespace pgfold::test
