// Connections of one client pool: same database, user, application and host. A pool may hand one
// loop's lookups to several of them, so that none sees enough to prove it.
//
// Flow: each connection publishes its results of several rows, and hands over the lookups that it
// cannot explain. Lookups of one statement from several connections are merged by time and proven
// against the results of all of them, by the same series that proves loops on one connection. Here
// every lookup between the first and the last must be explained. What nobody explains within the
// idle gap is reported as its connection would have reported it.
//
// With one connection in the pool nothing is handed over. Results are published all the same: the
// connection with the parent may have nothing to say once its siblings start to ask.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analyzer/detect/detector.hpp"
#include "analyzer/detect/loop_report.hpp"

namespace pgfold::detect {

class sibling_pool {
public:
    static constexpr std::size_t results_per_statement_max = 8;
    static constexpr std::size_t results_max = 128;
    static constexpr std::size_t result_bytes_max = 1 << 20;
    static constexpr std::size_t statements_max = 64;  // with lookups that wait
    static constexpr std::size_t lookups_max = 512;    // of one statement

    // Lookups of one statement on one connection, in order. Those already settled only help to
    // explain the others.
    struct handed_run {
        loop_origin origin;
        std::uint64_t signature = 0, request = 0;
        std::vector<lookup_record> lookups;
        std::vector<value_kind> kinds;
        bool suspected = false;  // how to report them when nothing explains them
    };

    void join() { connections_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] bool has_siblings() const {
        return connections_.load(std::memory_order_relaxed) > 1;
    }
    [[nodiscard]] bool has_results() const {
        return result_count_.load(std::memory_order_relaxed) > 0;
    }

    void publish(std::shared_ptr<const result_record> result, std::chrono::nanoseconds idle_gap);
    // By arrival; null: of any statement.
    [[nodiscard]] std::vector<std::shared_ptr<const result_record>> results_of(
        const sql::statement_template* statement) const;
    // These return what there is to report.
    [[nodiscard]] std::vector<loop_report> hand_over(handed_run run,
                                                     const detector_settings& settings,
                                                     timestamp now, bool attribute);
    [[nodiscard]] std::vector<loop_report> expire(const detector_settings& settings, timestamp now,
                                                  bool attribute);
    [[nodiscard]] std::vector<loop_report> leave(const detector_settings& settings, timestamp now,
                                                 bool attribute);
    [[nodiscard]] bool has_waiting() const {
        return waiting_count_.load(std::memory_order_relaxed) > 0;
    }

private:
    struct waiting_statement {
        std::uint64_t signature = 0, request = 0;
        std::vector<handed_run> runs;
        std::uint32_t failures = 0;  // attempts that proved nothing
        std::uint32_t attempts_skipped = 0;
    };

    [[nodiscard]] std::vector<loop_report> prove(waiting_statement& waiting,
                                                 const detector_settings& settings, bool attribute);
    void expire_results(timestamp before);
    void expire_runs(waiting_statement& waiting, timestamp before,
                     const detector_settings& settings, bool attribute,
                     std::vector<loop_report>& reports);

    std::atomic<std::uint32_t> connections_{0};
    std::atomic<std::uint32_t> result_count_{0}, waiting_count_{0};
    mutable std::mutex mutex_;
    std::deque<std::shared_ptr<const result_record>> results_;  // by arrival
    std::size_t result_bytes_ = 0;
    std::vector<waiting_statement> waiting_;
};

}  // namespace pgfold::detect
