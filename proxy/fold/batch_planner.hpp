// What to fetch ahead with a lookup that goes to the server, and with one that has been answered
// here: which loop it is of, which of the loop's keys, and how they are asked for.
//
// With batch.mode: observe batches are composed and thrown away.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "analyzer/detect/result_window.hpp"
#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/batch_composer.hpp"
#include "proxy/fold/batch_origins.hpp"
#include "proxy/fold/batches_under_way.hpp"
#include "proxy/fold/fold_settings.hpp"
#include "proxy/fold/isolation_tracker.hpp"
#include "proxy/fold/kept_loops.hpp"
#include "proxy/fold/loop_search.hpp"
#include "proxy/fold/pool_member.hpp"
#include "proxy/freshness/database_versions.hpp"
#include "proxy/freshness/known_effects.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::fold {

class batch_planner {
public:
    // What a session's parts of folding share with each other. All must outlive this.
    struct surroundings {
        const fold_settings& settings;
        const detect::result_window& results;
        const std::shared_ptr<freshness::database_versions>& versions;
        freshness::known_effects& effects;
        telemetry::thread_counters& counters;
        const detect::session_identity& who;
        pool_member& pool;
        isolation_tracker& isolation;
        batch_origins& origins;
        batches_under_way& batches;
        kept_loops& loops;
    };
    batch_planner(const surroundings& around, std::shared_ptr<association_table> associations,
                  const detect::sibling_results* siblings);

    // A lookup is forwarded. True: `out` has got a batch, which must be sent at once.
    [[nodiscard]] bool plan(const asked_lookup& asked, char status, detect::timestamp now,
                            std::vector<std::byte>& out);
    // One of `group` has been answered. `at_server`: the server has its statement.
    [[nodiscard]] bool look_ahead(const group_ptr& group, char status, detect::timestamp now,
                                  bool at_server, std::vector<std::byte>& out);
    // What the latest statement took the server, the way there and back left out.
    void record_cost(std::chrono::nanoseconds cost);

    // Nothing can be fetched as long as nobody knows what the tables hang together by.
    [[nodiscard]] bool wants_catalog() const { return wants_catalog_; }
    void want_catalog(bool wanted) { wants_catalog_ = wanted; }

private:
    [[nodiscard]] bool observes() const { return around_.settings.mode == fold_mode::observe; }
    [[nodiscard]] loop_search::shared_sight sight(detect::timestamp now) const;
    [[nodiscard]] group_ptr start_group(const asked_lookup& asked, detect::timestamp now);
    [[nodiscard]] std::vector<key_tuple> keys_of(const loop_search::found_loop& loop,
                                                 const asked_lookup& asked, bool repeats,
                                                 const loop_search::shared_sight& shared) const;
    [[nodiscard]] group_ptr merge_into_older(const group_ptr& group, const asked_lookup& asked,
                                             detect::timestamp now);
    void look_up_rewrites(answer_group& group, const asked_lookup& asked) const;
    [[nodiscard]] batch_order order_for(answer_group& group, char status) const;
    [[nodiscard]] bool send_batch(const group_ptr& group, char status, detect::timestamp now,
                                  std::vector<std::byte>& out);

    const surroundings around_;
    loop_search search_;
    sql::template_ptr measured_;  // the lookup that record_cost() will tell of
    bool wants_catalog_;
};

}  // namespace pgfold::fold
