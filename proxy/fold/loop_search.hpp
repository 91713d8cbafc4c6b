// Which loop of a session a lookup belongs to: one that is known, or two lookups in a row that
// follow a column of a recent result (prediction.hpp). Says when a known one is to be left alone.
//
// Where a pool may have spread the loop over several connections, results and lookups of its other
// sessions are looked at, too.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/detect/result_window.hpp"
#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/fold_settings.hpp"
#include "proxy/fold/prediction.hpp"
#include "proxy/fold/session_pool.hpp"
#include "proxy/fold/sibling_parents.hpp"

namespace pgfold::fold {

class loop_search {
public:
    static constexpr std::size_t children_max = 16;  // statements remembered for the second lookup

    // References must outlive this.
    loop_search(const fold_settings& settings, std::shared_ptr<association_table> associations,
                const detect::result_window& results, const std::string& database,
                const detect::sibling_results* siblings = nullptr)
        : settings_(settings),
          associations_(std::move(associations)),
          results_(results),
          database_(database),
          siblings_(siblings) {}

    struct found_loop {
        key_origin origin;
        association_ptr known;
    };
    // Whose lookups and results may be looked at now; null: nobody's but this connection's.
    struct shared_sight {
        session_pool* pool = nullptr;
        std::uint64_t connection = 0;
        detect::timestamp now;
    };
    // Once per lookup that goes to the server.
    [[nodiscard]] std::optional<found_loop> find(const asked_lookup& asked,
                                                 const shared_sight& shared);
    // Instead, where nothing may be fetched with it.
    void note(const asked_lookup& asked, const shared_sight& shared) const;
    // Is there any result of another connection, that a lookup could follow?
    [[nodiscard]] bool sees_others() const { return siblings_.any(); }
    // What any session has asked of that loop's keys since its parent was read: places in it.
    [[nodiscard]] std::vector<std::uint32_t> asked_already(const sql::statement_template& child,
                                                           const key_origin& origin,
                                                           const shared_sight& shared) const;
    // What the latest lookup of that statement took the server.
    void record_cost(const sql::statement_template& statement, std::chrono::nanoseconds cost);

private:
    struct child_state {
        sql::template_ptr statement;
        seen_lookup last;
        std::uint64_t lookups = 0;                     // so far
        std::uint64_t search_at = 0;                   // the lookup that looks for its source again
        std::uint32_t fruitless = 0;                   // searches without a find, in a row
        std::uint64_t unknown_as_of = 0;               // association_table::learned()
        bool sat_out_now = false;                      // the loop of the latest lookup
        const void* sat_out = nullptr;                 // parent's result whose loop is left alone
        association_ptr sat_out_of;                    // … and which one that is a loop of
        std::uint32_t sat_out_lookups = 0;             // … and how far it has come
        std::optional<std::chrono::nanoseconds> cost;  // of its latest lookup that was forwarded
        std::uint64_t last_use = 0;
    };

    [[nodiscard]] child_state& state_of(const asked_lookup& asked);
    [[nodiscard]] std::optional<found_loop> find_known(const asked_lookup& asked,
                                                       child_state& child,
                                                       const seen_lookup& current,
                                                       const shared_sight& shared);
    [[nodiscard]] std::optional<found_loop> find_unknown(const asked_lookup& asked,
                                                         child_state& child,
                                                         const seen_lookup& previous,
                                                         const seen_lookup& current);

    [[nodiscard]] static bool sits_out(child_state& child, const void* parent,
                                       const association_ptr& known);
    [[nodiscard]] std::optional<found_loop> find_shared(const asked_lookup& asked,
                                                        child_state& child,
                                                        const seen_lookup& current,
                                                        const shared_sight& shared);
    [[nodiscard]] std::optional<found_loop> learn(const asked_lookup& asked,
                                                  const key_origin& origin);

    const fold_settings& settings_;
    std::shared_ptr<association_table> associations_;
    const detect::result_window& results_;
    const std::string& database_;
    sibling_parents siblings_;
    std::vector<child_state> children_;
    std::uint64_t uses_ = 0;
};

}  // namespace pgfold::fold
