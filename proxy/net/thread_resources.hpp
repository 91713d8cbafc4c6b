// What the connections of one data thread share. Used by that thread only, but for the counters
// and the statistics, which may be read by any.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "analyzer/sql/statement_analyzer.hpp"
#include "analyzer/statistics/statement_statistics.hpp"
#include "proxy/freshness/known_effects.hpp"
#include "proxy/session/action.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::net {

struct thread_resources {
    // All sockets of the thread are read into this one buffer: what is read is looked at and
    // written out before anything else runs.
    static constexpr std::size_t read_buffer_bytes = 256 * 1024;

    explicit thread_resources(std::shared_ptr<sql::template_table> templates)
        : analyzer(std::move(templates)) {}

    [[nodiscard]] std::span<std::byte> read_buffer() { return {buffer.get(), read_buffer_bytes}; }

    std::unique_ptr<std::byte[]> buffer = std::make_unique<std::byte[]>(read_buffer_bytes);
    session::action_list actions;
    sql::statement_analyzer analyzer;
    statistics::statistics_shard statistics;
    freshness::known_effects effects;
    telemetry::thread_counters counters;
};

}  // namespace pgfold::net
