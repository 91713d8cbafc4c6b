// Which answers are kept, by configuration.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/catalog/catalog.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "proxy/freshness/known_effects.hpp"

namespace pgfold::cache {

// Every field that is not empty must match.
struct cache_rule {
    std::vector<std::string> tables;  // glob patterns: each table that is read must match one
    std::string schema;               // glob pattern, of each table that is read
    std::string fingerprint;
    std::string pattern;  // glob pattern of the normalized text
    std::chrono::milliseconds age_max{60'000};
    std::size_t entry_bytes_max = 0;  // 0: as the cache has it

    [[nodiscard]] std::string to_string() const;  // as the configuration writes it
    [[nodiscard]] bool matches(const sql::statement_template& statement,
                               const freshness::tracked_effects& effects,
                               const catalog::catalog* known) const;
};

struct cache_settings {
    std::size_t bytes = 256 << 20;
    std::size_t entry_bytes_max = 1 << 20;
    std::vector<cache_rule> rules;
    bool automatic = false;  // tables that are seldom written, without a rule
    std::uint32_t writes_per_hour_max = 6;
    std::chrono::milliseconds automatic_age_max{60'000};

    [[nodiscard]] bool is_on() const { return bytes > 0 && (automatic || !rules.empty()); }
};

// What is to be done with the answers to one statement.
struct cache_choice {
    freshness::tracked_effects_ptr effects;
    std::string reason;                // why not; empty: they are kept
    const cache_rule* rule = nullptr;  // null: automatic, as long as its tables are quiet
    std::chrono::milliseconds age_max{0};
    std::size_t entry_bytes_max = 0;

    [[nodiscard]] bool is_kept() const { return reason.empty(); }
};

[[nodiscard]] cache_choice choose(const cache_settings& settings,
                                  const sql::statement_template& statement,
                                  const freshness::tracked_effects_ptr& effects,
                                  const catalog::catalog* known,
                                  const freshness::freshness_rules& rules = {});

}  // namespace pgfold::cache
