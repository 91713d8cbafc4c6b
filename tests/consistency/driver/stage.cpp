#include "tests/consistency/driver/stage.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>

namespace pgfold::consistency {
namespace {

using clock = std::chrono::steady_clock;

// Only a broken check waits that long.
constexpr std::chrono::seconds await_max{30};

// The next part of the loop may be fetched while one of them is answered.
constexpr std::size_t watched_lookups = 3;

// Who is made to wait must not give up.
constexpr const char* patient = "SET lock_timeout = '60s'";

}  // namespace

stage::stage(const stage_options& options)
    : options_(options),
      reader_(options.url, book_, no_faults_, nullptr),
      side_(options.url, book_, no_faults_, nullptr),
      other_(options.url, book_, no_faults_, nullptr),
      witness_(options.direct_url, book_, no_faults_, nullptr),
      gate_(options.direct_url) {}

void stage::open() {
    for (session* one : {&reader_, &side_, &other_, &witness_}) {
        one->open();
        one->run(patient);
    }
    gate_.open();
    gate_.run("SET search_path = consistency");
}

std::string stage::activity() {
    const answer got = witness_.run(
        fmt::format("SELECT query_start, state_change FROM pg_stat_activity WHERE pid = {}",
                    reader_.backend_pid()));
    return got.rows() == 1 ? got.text(0, 0) + got.text(0, 1) : std::string();
}

bool stage::warm(const staged_loop& loop) {
    const auto end = clock::now() + options_.patience;
    do {
        const auto keys = begin_loop(loop);
        const bool folded = look_up(loop, keys, 0, keys.size() / 2);
        look_up(loop, keys, keys.size() / 2, keys.size());
        if (folded) return true;
    } while (clock::now() < end);
    return false;
}

std::vector<std::int64_t> stage::begin_loop(const staged_loop& loop) {
    auto keys = reader_.read(*loop.list, loop.listed_by, loop.how);
    loop_started_ = now();
    return keys;
}

bool stage::look_up(const staged_loop& loop, const std::vector<std::int64_t>& keys,
                    std::size_t from, std::size_t to) {
    bool folded = false;
    for (std::size_t i = from; i < to && i < keys.size(); ++i) {
        const bool watched = i + watched_lookups >= to;
        const std::string before = watched ? activity() : std::string();
        reader_.read(*loop.asked, keys[i], loop.how, loop_started_);
        folded |= watched && activity() == before;
    }
    return folded;
}

void stage::close_gate() {
    if (!gate_.run("SELECT pg_advisory_lock(1)").ok())
        throw std::runtime_error("the gate is stuck");
}

void stage::open_gate() {
    gate_.run("SELECT pg_advisory_unlock(1)");
}

void stage::lock_row(std::string_view table, std::int64_t id) {
    gate_.run("BEGIN");
    const answer got =
        gate_.run(fmt::format("SELECT 1 FROM {} WHERE id = {} FOR UPDATE", table, id));
    if (!got.ok()) throw std::runtime_error(got.message());
}

void stage::unlock_row() {
    gate_.run("COMMIT");
}

template <typename Condition>
void stage::await(const Condition& condition, std::string_view what) {
    const auto end = clock::now() + await_max;
    while (!condition()) {
        if (clock::now() > end) throw std::runtime_error(fmt::format("waited for {}", what));
        std::this_thread::yield();
    }
}

void stage::await_waiting(const session& who, std::string_view lock) {
    const std::string query =
        fmt::format("SELECT 1 FROM pg_stat_activity WHERE pid = {} AND wait_event = '{}'",
                    who.backend_pid(), lock);
    await([&] { return witness_.run(query).rows() == 1; }, "a session to wait for a lock");
}

std::int64_t stage::version_of(const lookup& asked, std::int64_t id) {
    witness_.read(asked, id, form::simple);
    return book_.done.reads.back().rows.at(0).version;
}

std::int64_t stage::await_commit(const lookup& asked, std::int64_t id, std::uint64_t writer) {
    await(
        [&] {
            witness_.read(asked, id, form::simple);
            return book_.done.reads.back().rows.at(0).writer == writer;
        },
        "a commit");
    return book_.done.reads.back().rows.at(0).version;
}

void stage::terminate(const session& who) {
    const int pid = who.backend_pid();
    witness_.run(fmt::format("SELECT pg_terminate_backend({})", pid));
    await(
        [&] {
            return witness_.run(fmt::format("SELECT 1 FROM pg_stat_activity WHERE pid = {}", pid))
                       .rows() == 0;
        },
        "a backend to end");
}

}  // namespace pgfold::consistency
