// What folding adds to a session: which of the client's bytes have been passed on, the cycle that
// is being read, and the one that waits for a batch. Private to this folder.
//
// A *cycle* is what a client sends for one lookup in one go: a Query, or (Parse) Bind (Describe)
// Execute Sync. Only a cycle that lies whole in one read, at a message boundary on both sides, can
// be answered here; anything else is forwarded as it comes.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/fold/catalog_load.hpp"
#include "proxy/fold/folder.hpp"
#include "proxy/session/action.hpp"
#include "proxy/session/folding_resources.hpp"
#include "proxy/session/own_switch.hpp"
#include "proxy/session/portal.hpp"
#include "proxy/session/prepared_statement.hpp"

namespace pgfold::session {

// Bytes that actions point to: they stay in place until the session's next call. Blocks are used
// again: most calls need one or two small ones.
class byte_arena {
public:
    void clear() {
        if (blocks_.size() > blocks_kept) blocks_.resize(blocks_kept);
        for (std::size_t i = 0; i < used_ && i < blocks_.size(); ++i) {
            if (blocks_[i]->capacity() > bytes_kept) std::vector<std::byte>().swap(*blocks_[i]);
            blocks_[i]->clear();
        }
        used_ = 0;
    }
    [[nodiscard]] std::vector<std::byte>& add() {
        if (used_ == blocks_.size()) blocks_.push_back(std::make_unique<std::vector<std::byte>>());
        return *blocks_[used_++];
    }

private:
    static constexpr std::size_t blocks_kept = 2;
    static constexpr std::size_t bytes_kept = 2048;  // of each
    std::vector<std::unique_ptr<std::vector<std::byte>>> blocks_;
    std::size_t used_ = 0;
};

// The lookup of the cycle under way. Offsets count from the cycle's first byte, so that they hold
// for a copy of it as well.
struct cycle_lookup {
    sql::template_ptr statement;
    std::size_t text_at = 0, text_size = 0;  // simple: of the Query's text
    std::size_t bind_at = 0, bind_size = 0;  // extended: of the Bind's body
    std::vector<sql::literal_span> literals;
    prepared_statement_ptr prepared;  // extended
};

// What a comment asks for, of its statement alone: pgfold:off neither folds it nor takes it from
// the cache, pgfold:nocache only the latter.
struct comment_switches {
    bool off = false;
    bool uncached = false;
};
[[nodiscard]] comment_switches switches_in(std::string_view directive);

struct folding_state {
    static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

    folding_state(const folding_resources& shared,
                  std::shared_ptr<freshness::database_versions> versions,
                  telemetry::thread_counters& counters, const detect::session_identity& who)
        : folder(shared.settings, shared.associations, shared.results, std::move(versions),
                 shared.effects, counters, who, shared.siblings) {}

    fold::folder folder;
    byte_arena arena;

    // The read under way.
    std::span<const std::byte> read;
    bool begun_here = false;         // the message being read began in it
    std::size_t passed_on = 0;       // bytes of it that have been dealt with
    std::size_t cycle_at = nowhere;  // where the cycle began; nowhere: in an earlier read
    std::size_t cycle_requests = 0;  // requests outstanding when it began
    // A BEGIN in front of the cycle's lookup, under the same Sync: where its messages end.
    std::size_t prefix_end = nowhere;
    std::size_t prefix_requests = 0;
    std::optional<portal> closed_portal;   // the lookup's, by the cycle itself
    prepared_statement_ptr prefix_parsed;  // its Parse of the unnamed statement
    bool in_cycle = false;                 // messages since the last Query or Sync
    cycle_lookup lookup;
    prepared_statement_ptr parsed;  // the cycle's Parse of the unnamed statement
    bool answerable = false;        // the lookup's messages are all that the cycle holds so far

    // As the client wants it.
    own_switches switches;
    std::optional<switch_statement> asked_switch;  // by the cycle
    bool uncached = false;                         // pgfold:nocache in the cycle's comment
    [[nodiscard]] bool wanted() const { return switches.is_on(own_switch::batch); }

    // A lookup whose answer is on its way, and what the client has sent behind it.
    bool waiting = false;
    bool waiting_skipped = false;  // an error before it has answered it
    bool behind_error = false;     // the server will skip what waits, up to its Sync if it has one
    std::vector<std::byte> waiting_cycle;
    std::vector<std::byte> waiting_rest;
    detect::timestamp waiting_since{};
    bool cancel_waiting = false;       // a CancelRequest for it has hit the batch instead
    std::size_t waiting_requests = 0;  // that the cycle has in the queue, at its end
    // What it is bound to: a ReadyForQuery of a request before it ends the session's own.
    std::optional<portal> waiting_portal;

    // What the server has.
    prepared_statement_ptr unnamed_at_server;
    bool unnamed_dropped = false;   // by a Query that was answered here: the server may have one
    bool unnamed_to_close = false;  // what is passed on next would find one that should be gone
    std::vector<prepared_statement_ptr> missing_at_server;  // that what is passed on next refers to
    std::vector<prepared_statement_ptr> unsent;  // named ones, whose preparation was answered here
    bool executed_in_group = false;              // since the last Query or Sync
    bool group_open_at_server = false;           // extended messages without a Sync behind them

    std::optional<sql::hash128> pool_settings;  // of the pool that the session is in

    std::unique_ptr<fold::catalog_load> catalog_load;  // under way
    detect::timestamp catalog_recheck_at{};            // not before

    bool own_frame = false;  // the server's message that is half read answers a batch
};

}  // namespace pgfold::session
