// The cache as all sessions share it: the answers, what is known of tables and of settings, and
// what it has done so far.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/cache/answer_store.hpp"
#include "proxy/cache/bypass.hpp"
#include "proxy/cache/cache_rules.hpp"
#include "proxy/cache/table_churn.hpp"

namespace pgfold::cache {

enum class invalidation : std::uint8_t { write, age, flush, count_ };
[[nodiscard]] std::string_view to_string(invalidation reason);

// Of one rule, or of all that is kept without one.
struct rule_totals {
    std::atomic<std::uint64_t> hits{0}, misses{0}, stores{0};
};

struct cache_totals {
    alignas(64) std::atomic<std::uint64_t> hits{0};
    alignas(64) std::atomic<std::uint64_t> misses{0};
    std::atomic<std::uint64_t> stores{0};
    std::atomic<std::uint64_t> evictions{0};
    std::atomic<std::uint64_t> shared_flights{0};  // misses that another session's query answered
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(invalidation::count_)>
        invalidations{};
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(bypass::count_)> bypasses{};

    void count(bypass reason) {
        bypasses[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
    }
};

class result_cache {
public:
    static constexpr std::size_t refusals_max = 500;

    explicit result_cache(const cache_settings& settings)
        : store({settings.bytes, settings.entry_bytes_max}) {}

    answer_store store;
    table_churn churn;
    cache_totals totals;

    // Stays in place. The name is the rule as the configuration writes it; "auto" without one.
    [[nodiscard]] rule_totals& totals_of(const std::string& rule);
    void visit_rules(const std::function<void(const std::string&, const rule_totals&)>& look) const;

    // Why answers to a statement are not kept, for people to see.
    struct refusal {
        std::string fingerprint, query, reason;
    };
    void note_choice(const sql::statement_template& statement, const cache_choice& choice);
    [[nodiscard]] std::vector<refusal> refusals() const;

    // default_transaction_isolation, of sessions with these settings. Empty: not known.
    [[nodiscard]] std::string isolation_of(const sql::hash128& settings) const;
    void note_isolation(const sql::hash128& settings, std::string level);

    // Counts flushes: what was asked before one is not kept after it.
    [[nodiscard]] std::uint64_t flushes() const { return flushes_.load(); }
    // Takes out what matches; empty: anything. `table` with or without its schema.
    std::size_t flush(std::string_view table, std::string_view fingerprint);

private:
    std::atomic<std::uint64_t> flushes_{0};
    mutable std::mutex mutex_;
    std::map<std::string, rule_totals> rules_;
    std::map<std::string, refusal> refusals_;
    std::unordered_map<sql::hash128, std::string, sql::hash128_to_size> isolation_;
};

}  // namespace pgfold::cache
