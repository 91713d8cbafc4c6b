// What templates write and read, by the database's current catalog: worked out once, then found by
// the template's hash in about ten nanoseconds. One per thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/catalog/statement_effects.hpp"
#include "analyzer/sql/set_associative_cache.hpp"
#include "proxy/freshness/database_versions.hpp"
#include "proxy/freshness/key_access.hpp"

namespace pgfold::freshness {

struct tracked_effects {
    sql::statement_kind kind = sql::statement_kind::unknown;
    catalog::statement_effects found;
    std::uint64_t catalog_generation = 0;
    std::vector<table_entry*> writes;  // empty: nothing, or everything
    read_set_ptr reads;                // null: not known
    std::optional<key_access> key;     // rows of one key only

    // May change what sessions begin with: ALTER ROLE … SET, and whatever hides one.
    bool may_write_role_settings = false;

    // Neither writes, nor matters to a transaction: nothing has to be followed. Most are so.
    bool is_plain_read = false;
};
using tracked_effects_ptr = std::shared_ptr<const tracked_effects>;

// The same, of an execution with these arguments: where they tell, of their keys only.
[[nodiscard]] tracked_effects_ptr written_with(const tracked_effects_ptr& effects,
                                               std::span<const detect::argument> arguments);
[[nodiscard]] read_set_ptr read_with(const tracked_effects& effects,
                                     std::span<const detect::argument> arguments);

// Where a session's bare names are looked for, if it is known. `hash` tells paths apart.
struct known_search_path {
    const catalog::search_path* schemas = nullptr;
    std::uint64_t hash = 0;
};

class known_effects {
public:
    explicit known_effects(std::size_t entries = 4096) : cache_(entries) {}

    // Never null. The reference is valid until the next call; hold the pointer to keep it.
    [[nodiscard]] const tracked_effects_ptr& of(const std::shared_ptr<database_versions>& database,
                                                const sql::statement_template& statement,
                                                known_search_path path = {});

private:
    struct entry {
        std::shared_ptr<const database_versions> database;
        tracked_effects_ptr effects;
    };
    sql::set_associative_cache<entry> cache_;
};

// Of what could not be analyzed.
[[nodiscard]] tracked_effects_ptr unknown_effects(const database_versions& database,
                                                  std::string_view text);
// Of a FunctionCall message.
[[nodiscard]] tracked_effects_ptr function_call_effects(const database_versions& database);

}  // namespace pgfold::freshness
