// Counters of one thread. One writer, any number of readers: increments are plain relaxed stores,
// so counting costs no locked instruction; the admin thread sums them over all threads.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace pgfold::telemetry {

class counter {
public:
    void add(std::uint64_t n = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void subtract(std::uint64_t n = 1) { add(0 - n); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

enum class query_kind : std::uint8_t {
    select,
    insert,
    update,
    delete_,
    transaction,
    utility,
    copy,
    other,
    count_
};

enum class failopen_reason : std::uint8_t {
    unparsed_sql,  // libpg_query rejects the text; it is forwarded
    text_too_long,
    message_too_long,   // longer than what is assembled for analysis
    malformed_message,  // the session went blind
    queue_full,         // too many requests outstanding to follow
    analysis_error,     // a bug: caught, counted, session goes on blind
    count_
};

enum class protocol_error : std::uint8_t {
    startup_garbage,
    startup_too_long,
    startup_timeout,
    malformed_client_message,
    malformed_server_message,
    count_
};

// How lookups were asked together.
enum class batch_kind : std::uint8_t { pipeline, any, lateral, count_ };

// How a batch of lookups ended.
enum class batch_outcome : std::uint8_t {
    completed,
    failed,  // the server refused one of its lookups
    canceled,
    abandoned,  // what it would have brought was no longer true, or no longer asked for
    observed,   // batch.mode: observe; it was never sent
    count_
};

// Buckets of query_duration_seconds, upper bounds in microseconds; one more for +Inf.
inline constexpr std::array<std::uint64_t, 22> duration_bounds_us = {
    25,      50,        100,       250,       500,        1'000,     2'000,   3'000,
    5'000,   7'500,     10'000,    25'000,    50'000,     75'000,    100'000, 250'000,
    500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 60'000'000};

struct duration_histogram {
    std::array<counter, duration_bounds_us.size() + 1> buckets;
    counter sum_ns;
    void record(std::uint64_t ns) {
        const std::uint64_t us = ns / 1000;
        std::size_t i = 0;
        while (i < duration_bounds_us.size() && us > duration_bounds_us[i])
            ++i;
        buckets[i].add();
        sum_ns.add(ns);
    }
};

struct thread_counters {
    std::array<counter, static_cast<std::size_t>(query_kind::count_)> queries;
    duration_histogram query_duration;     // request's last byte in → reply's last byte out
    duration_histogram upstream_duration;  // what of it PostgreSQL took
    counter bytes_from_client, bytes_to_client, bytes_from_server, bytes_to_server;
    counter client_connections_opened, client_connections_closed;
    counter server_connections_opened, server_connections_closed;
    counter connections_refused;  // limits, draining
    std::array<counter, static_cast<std::size_t>(failopen_reason::count_)> failopen;
    std::array<counter, static_cast<std::size_t>(protocol_error::count_)> protocol_errors;
    counter parse_failures;
    counter cancel_requests;
    // By strategy, as fold::batch_strategy counts them.
    std::array<std::array<counter, static_cast<std::size_t>(batch_outcome::count_)>,
               static_cast<std::size_t>(batch_kind::count_)>
        batches;
    counter batch_keys_fetched, batch_keys_used;
    counter folded_lookups;     // answered here
    counter round_trips_saved;  // those of them that waited for nothing
};

}  // namespace pgfold::telemetry
