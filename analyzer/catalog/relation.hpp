// What pg_catalog says about relations, functions and what ties them together, as far as it matters
// to which tables a statement reads and writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgfold::catalog {

using oid = std::uint32_t;

// Objects below are PostgreSQL's own (FirstNormalObjectId).
inline constexpr oid first_user_oid = 16384;

enum class relation_kind : char {
    table = 'r',
    partitioned_table = 'p',
    view = 'v',
    materialized_view = 'm',
    foreign_table = 'f',
    sequence = 'S',
    other = '?',
};

struct column {
    std::int16_t number = 0;
    std::string name;
    oid type = 0;
    bool not_null = false;
    bool deterministic = true;  // its collation: equal values are equal bytes
    bool generated = false;
};

// Over plain columns, valid, without predicate, checked at once, by the columns' own equality.
struct unique_index {
    std::vector<std::int16_t> columns;
    bool primary = false;
};

enum class referential_action : char {
    no_action = 'a',
    restrict_ = 'r',
    cascade = 'c',
    set_null = 'n',
    set_default = 'd',
};

// Columns pair up by position.
struct foreign_key {
    oid from = 0;  // the table that refers …
    oid to = 0;    // … to this one
    std::vector<std::int16_t> from_columns;
    std::vector<std::int16_t> to_columns;
    referential_action on_delete = referential_action::no_action;
    referential_action on_update = referential_action::no_action;
};

// Of a user's function: those of constraints are PostgreSQL's own and left out. Disabled ones too.
struct trigger {
    oid function = 0;
    bool on_insert = false;
    bool on_delete = false;
    bool on_update = false;
    bool on_truncate = false;
};

// A function that an expression of the catalog calls.
struct call {
    oid function = 0;
    bool by_operator = false;
    friend bool operator==(const call&, const call&) = default;
};

// What expressions of the catalog read: a view's query, a table's row security policies.
struct expression_facts {
    std::vector<oid> relations;
    std::vector<call> calls;
    bool reads_clock = false;    // CURRENT_DATE …
    bool reads_session = false;  // CURRENT_USER …
    bool samples_rows = false;
};

struct relation {
    oid id = 0;
    oid schema = 0;
    std::string name;
    relation_kind kind = relation_kind::other;
    bool is_system = false;        // of pg_catalog or information_schema
    bool row_security = false;     // enabled, with or without policies
    bool rewrites_writes = false;  // has a rule for INSERT, UPDATE or DELETE
    bool has_generated_columns = false;
    std::vector<oid> parents;  // partitions and INHERITS
    std::vector<oid> children;
    expression_facts definition;  // of a view
    expression_facts policies;
    std::vector<call> write_calls;  // in column defaults and CHECK constraints
    std::vector<column> columns;    // by number
    std::vector<unique_index> unique_indexes;
    std::vector<trigger> triggers;
    std::vector<std::uint32_t> referenced_by;  // foreign keys, by place in the catalog's list
    std::vector<std::uint32_t> references;

    [[nodiscard]] const column* find_column(std::int16_t number) const;
    [[nodiscard]] const column* find_column(std::string_view name) const;
    // A unique index over some of these columns, all NOT NULL, makes them a key.
    [[nodiscard]] bool is_key(const std::vector<std::int16_t>& columns_given) const;
};

enum class volatility : char { immutable = 'i', stable = 's', volatile_ = 'v' };

struct function {
    oid id = 0;
    oid schema = 0;
    std::string name;
    volatility stability = volatility::volatile_;
    bool is_builtin = false;
    bool is_known_harmless = false;  // writes no table: of contrib, or by its text
    bool takes_row = false;          // `t.f` may call it: its first argument is a row
    bool may_do_ddl = false;         // its text has a word of DDL, or cannot be read
    bool is_aggregate = false;
    bool returns_set = false;

    // By its declaration, which PostgreSQL too relies on, or because we know it.
    [[nodiscard]] bool writes_no_table() const;
};

}  // namespace pgfold::catalog
