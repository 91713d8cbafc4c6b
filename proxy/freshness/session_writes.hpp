// Follows what one session forwards, and keeps its writes in flight for as long as their outcome
// may show. Sans-I/O: told of messages, in wire order, by who forwards them.
//
// Flow:
//
//     writes.on_forward(effects, gid);             // each statement, BEFORE its bytes are sent
//     request = writes.on_request_sent();          // at each Query, Sync or FunctionCall: a
//                                                  // ReadyForQuery will answer it
//     writes.on_outcome(tag);                      // CommandComplete; on_outcome("") on an error
//     writes.on_ready(status, request);            // BEFORE that ReadyForQuery is passed on
//     writes.on_connection_lost(now);              // instead, when the server's side is gone
//
// A Sync that the server swallows during COPY is answered by nothing: its request is settled by the
// next one that is. Effects last until the transaction's end, also past savepoints rolled back.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/freshness/known_effects.hpp"
#include "proxy/freshness/unsettled_writes.hpp"
#include "proxy/freshness/write_ticket.hpp"

namespace pgfold::freshness {

using request_number = std::uint64_t;

class session_writes {
public:
    session_writes(std::shared_ptr<database_versions> database, unsettled_writes& unsettled);
    ~session_writes();
    session_writes(const session_writes&) = delete;
    session_writes& operator=(const session_writes&) = delete;

    // `gid` as prepared_gid() finds it, of statements that have one; empty: not known. `arguments`
    // are one for each $n, or none are known.
    void on_forward(const tracked_effects_ptr& effects, std::string_view gid = {},
                    std::span<const detect::argument> arguments = {}) {
        if (!effects->is_plain_read || hides_permanent_) follow(effects, gid, arguments);
    }
    [[nodiscard]] request_number on_request_sent() { return last_request_++; }

    // The session cannot be followed any more: it may write anything, for as long as it lasts.
    void on_blind();

    void on_outcome(std::string_view tag);
    void on_ready(char status, request_number request);
    void on_connection_lost(timestamp now);

    // A temporary table of the session has the name of a permanent one: no answer of another
    // session will do for it.
    [[nodiscard]] bool hides_permanent() const { return hides_permanent_; }
    [[nodiscard]] bool has_writes_in_flight() const { return !ticket_.empty(); }

private:
    // PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED on its way.
    struct two_phase_step {
        sql::statement_kind kind;
        std::string gid;
        request_number request;
        bool done = false;  // the server said so
    };

    // Keys that one transaction may write, until it counts as a writer of whole tables.
    static constexpr std::size_t keyed_writes_max = 32;

    void follow(const tracked_effects_ptr& effects, std::string_view gid,
                std::span<const detect::argument> arguments);
    void begin(const tracked_effects& effects);
    void on_two_phase(const tracked_effects& effects, std::string_view gid);
    void settle_two_phase(request_number request);
    void settle(request_number request);
    void begin_late();
    void bump_late();
    [[nodiscard]] const freshness_rules& rules() const { return ticket_.database()->rules(); }

    unsettled_writes& unsettled_;
    write_ticket ticket_;
    request_number last_request_ = 1;  // the one being sent
    request_number settled_ = 0;
    request_number last_forward_ = 0;  // of anything that on_forward() was told of
    bool hides_permanent_ = false;
    std::size_t keyed_writes_ = 0;  // of this transaction
    std::vector<two_phase_step> two_phase_;

    // Only where a rule is taken out (freshness_rules.hpp).
    std::vector<tracked_effects_ptr> not_begun_;
    std::vector<table_entry*> not_bumped_;
};

}  // namespace pgfold::freshness
