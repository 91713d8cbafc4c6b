// What a scene (scenes.hpp) is played on: a reader that runs loops, two sessions that write, and,
// beside the endpoint that is checked, a witness and a gate. Nothing is left to luck: whoever has
// to wait is known to wait before anything else happens, because PostgreSQL says so.
//
// How it is known that a loop is answered from memory: PostgreSQL notes when a backend's state
// changes, and a lookup that changes nothing there has not been there.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/consistency/driver/faults.hpp"
#include "tests/consistency/driver/lookup.hpp"
#include "tests/consistency/driver/session.hpp"

namespace pgfold::consistency {

struct stage_options {
    std::string url;                        // what is checked
    std::string direct_url;                 // the server behind it
    std::chrono::milliseconds patience{0};  // with an endpoint that does not fold
};

// Lookups of each row of a list.
struct staged_loop {
    const lookup* list = nullptr;
    std::int64_t listed_by = 0;
    const lookup* asked = nullptr;
    form how = form::simple;
};

class stage {
public:
    explicit stage(const stage_options& options);

    void open();
    [[nodiscard]] notebook& book() { return book_; }

    session& reader() { return reader_; }
    session& side() { return side_; }
    session& other() { return other_; }

    // Runs loops until one is answered from memory. False when patience is at its end.
    bool warm(const staged_loop& loop);
    // The list. Then lookups of some of its keys; true if of the last few one was answered from
    // memory.
    std::vector<std::int64_t> begin_loop(const staged_loop& loop);
    bool look_up(const staged_loop& loop, const std::vector<std::int64_t>& keys, std::size_t from,
                 std::size_t to);

    // Who runs gate_passage waits until the gate is open.
    static constexpr std::string_view gate_passage =
        "SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock(1)";
    void close_gate();
    void open_gate();
    // Nobody else can write that row for now.
    void lock_row(std::string_view table, std::int64_t id);
    void unlock_row();

    // Until the session waits for a lock of that kind, as pg_stat_activity.wait_event has it.
    void await_waiting(const session& who, std::string_view lock);
    // Until the witness sees what `writer` wrote; returns the version.
    std::int64_t await_commit(const lookup& asked, std::int64_t id, std::uint64_t writer);
    // Ends the session's backend and waits until it is gone.
    void terminate(const session& who);
    // Of the row, as the witness sees it.
    [[nodiscard]] std::int64_t version_of(const lookup& asked, std::int64_t id);

private:
    [[nodiscard]] std::string activity();
    template <typename Condition>
    void await(const Condition& condition, std::string_view what);

    stage_options options_;
    notebook book_;
    fault_injector no_faults_{fault::none, 0};
    session reader_;
    session side_;
    session other_;
    session witness_;
    connection gate_;
    nanoseconds loop_started_ = never;
};

}  // namespace pgfold::consistency
