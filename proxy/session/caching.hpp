// What the result cache adds to a session. Private to this folder.
//
// Flow: a cycle that is one SELECT (folding.hpp) is looked up: given from memory; or asked of the
// server, and kept as it comes (cache_fill); or, while another session asks the same, held until
// that one's answer is there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/sql/set_associative_cache.hpp"
#include "proxy/cache/result_cache.hpp"
#include "proxy/fold/isolation_tracker.hpp"
#include "proxy/session/cache_fill.hpp"

namespace pgfold::session {

// A lookup that waits for another session's query gives up after this, and asks for itself.
constexpr std::chrono::milliseconds flight_patience{2'000};

struct caching_state {
    struct known_choice {
        std::shared_ptr<const cache::cache_choice> choice;
        cache::rule_totals* rule = nullptr;
    };

    caching_state(std::shared_ptr<cache::result_cache> cache,
                  std::shared_ptr<const cache::cache_settings> rules)
        : shared(std::move(cache)), settings(std::move(rules)) {}

    const std::shared_ptr<cache::result_cache> shared;
    const std::shared_ptr<const cache::cache_settings> settings;
    std::shared_ptr<cache::waker> waker;
    sql::set_associative_cache<known_choice> choices{64};

    fold::isolation_tracker isolation;
    bool has_begun = false;       // a transaction block, ever: its level matters
    bool asks_level = false;      // of the server, and that is under way
    bool level_failed = false;    // which did not say
    sql::hash128 asked_settings;  // when it was asked
    fold::isolation_tracker::question asked_when;
    std::string level;    // as the server says it
    sql::hash128 server;  // that the connection leads to
    bool wrote = false;   // anything but reads, in the transaction that is open

    cache::answer_key key;  // of the lookup that is being considered
    cache::answer_ptr found;
    std::unique_ptr<cache_fill> fill;        // of one that is about to be sent
    std::vector<cache::answer_ptr> given;    // actions point to their rows
    cache::flight_ticket waiting;            // for another session's answer
    std::optional<detect::timestamp> since;  // … as long as this is set
};

}  // namespace pgfold::session
