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

enum class inquiry : std::uint8_t { none, isolation, settings, database };

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
    // What is asked of the server (cache_inquiry.cpp), and when.
    inquiry asks = inquiry::none;
    bool wants_isolation = false;  // a lookup could not do without
    bool wants_settings = false;
    int failures = 0;
    sql::hash128 asked_settings;
    fold::isolation_tracker::question asked_when;
    std::optional<std::uint64_t> asked_mark;  // settings_identity::mark() by then
    detect::timestamp settings_asked;
    std::vector<std::vector<std::string>> told;

    sql::hash128 server;  // that the connection leads to
    bool wrote = false;   // anything but reads, in the transaction that is open

    cache::answer_key key;  // of the lookup that is being considered
    cache::answer_ptr found;
    std::unique_ptr<cache_fill> fill;        // of one that is about to be sent
    std::vector<cache::answer_ptr> given;    // actions point to their rows
    cache::flight_ticket waiting;            // for another session's answer
    std::optional<detect::timestamp> since;  // … as long as this is set
    unsigned waits = 0;                      // of this lookup

    cache::shared_level* second_level = nullptr;  // that other processes share
    cache::shared_lookup_ptr asked_there;         // of this lookup

    // Once for the shared level, and once for who asks the server then.
    [[nodiscard]] bool may_wait_again() const {
        return waits < (second_level != nullptr ? 2U : 1U);
    }
};

}  // namespace pgfold::session
