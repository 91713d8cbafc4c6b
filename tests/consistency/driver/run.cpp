#include "tests/consistency/driver/run.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/consistency/checker/checker.hpp"
#include "tests/consistency/driver/client.hpp"
#include "tests/consistency/driver/schema.hpp"
#include "tests/consistency/driver/setup.hpp"

namespace pgfold::consistency {
namespace {

// A run in which fewer reads than one in this many met a write has shown nothing.
constexpr std::size_t reads_per_race_max = 500;
constexpr std::chrono::milliseconds phase{200};

class whole_run {
public:
    whole_run(const run_options& options, std::ostream& out)
        : options_(options), out_(out), faults_(options.inject, options.seed) {
        client_options_.url = options.url;
        client_options_.seed = options.seed;
        client_options_.disturbance = options.disturbance;
        if (!options.model_blind_to.empty()) {
            model_ = std::make_unique<fold_model>(options.model_blind_to);
        }
    }

    int go();

private:
    using clock = std::chrono::steady_clock;

    void work();  // one part
    void work_of(client& one, std::uint64_t operations);
    [[nodiscard]] bool is_over() const;
    [[nodiscard]] std::uint64_t statements() const;
    void report_violations();
    void report() const;
    [[nodiscard]] bool is_vacuous() const;

    const run_options& options_;
    std::ostream& out_;
    fault_injector faults_;
    std::unique_ptr<fold_model> model_;
    client_options client_options_;
    std::vector<std::unique_ptr<client>> clients_;
    checker checker_;
    verdict total_;
    clock::time_point started_;
    std::mutex problem_mutex_;
    std::string problem_;
    std::atomic<bool> stopping_{false};
    double checking_seconds_ = 0;
};

bool whole_run::is_over() const {
    if (stopping_) return true;
    return options_.duration_max.count() != 0 && clock::now() - started_ >= options_.duration_max;
}

void whole_run::work_of(client& one, std::uint64_t operations) try {
    const std::uint64_t end = one.book().statements + operations;
    while (one.book().statements < end && !is_over()) {
        // Often nobody writes but beside their own loops: otherwise some table is always being
        // written to, and nothing could be answered from memory. After DDL, and what may be DDL, a
        // proxy has to learn all tables again: where most loops are to be left in peace, so is it.
        const auto number = (clock::now() - started_) / phase;
        const bool gently = options_.disturbance < 50;
        const bool calm = number % (gently ? 10 : 2) != 0;
        const bool ddl = number % (gently ? 50 : 4) == (gently ? 25 : 0);
        one.act(calm, ddl, ddl || !gently);
    }
} catch (const std::exception& error) {
    const std::lock_guard lock(problem_mutex_);
    if (problem_.empty()) problem_ = fmt::format("client {}: {}", one.book().client, error.what());
    stopping_ = true;
}

void whole_run::work() {
    const std::uint64_t each = std::max<std::uint64_t>(
        1, std::min(options_.operations_per_part, options_.operations - statements()) /
               clients_.size());
    std::vector<std::thread> threads;
    for (const auto& one : clients_)
        threads.emplace_back([this, &one, each] { work_of(*one, each); });
    for (std::thread& thread : threads)
        thread.join();
    if (problem_.empty()) clients_.front()->read_everything();
}

std::uint64_t whole_run::statements() const {
    std::uint64_t sum = 0;
    for (const auto& one : clients_)
        sum += one->book().statements;
    return sum;
}

void whole_run::report_violations() {
    std::size_t shown = 0;
    for (const violation& found : total_.violations) {
        if (++shown > options_.violations_shown_max) break;
        fmt::print(out_, "VIOLATION {}: {}\n", name_of(found.kind), found.text);
    }
}

bool whole_run::is_vacuous() const {
    const statistics& counts = total_.counts;
    return counts.reads < 1000 || counts.raced * reads_per_race_max < counts.reads ||
           counts.ambushed * reads_per_race_max < counts.reads;
}

void whole_run::report() const {
    operation_counts sums;
    for (const auto& one : clients_) {
        for (const auto& [name, count] : one->book().counts)
            sums[name] += count;
    }
    std::vector<std::pair<std::string_view, std::uint64_t>> sorted(sums.begin(), sums.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& left, const auto& right) { return left.second > right.second; });
    for (const auto& [name, count] : sorted)
        fmt::print(out_, "{:>10}  {}\n", count, name);
    const statistics& counts = total_.counts;
    const double seconds = std::chrono::duration<double>(clock::now() - started_).count();
    fmt::print(out_,
               "\noperations: {} by {} clients in {:.1f} s ({:.0f}/s), {:.1f} s of them checking\n"
               "reads: {} with {} rows; writes of rows: {}; transactions: {}, outcome unknown: {}\n"
               "raced: {} reads met a transaction that was writing what they read\n"
               "ambushed: {} lookups read what had changed since their loop's list\n"
               "violations: {}\n",
               statements(), clients_.size(), seconds, static_cast<double>(statements()) / seconds,
               checking_seconds_, counts.reads, counts.rows, counts.writes, counts.transactions,
               counts.unknown_outcomes, counts.raced, counts.ambushed, total_.violation_count);
    if (model_ != nullptr) {
        fmt::print(out_, "folded: {} reads by the model\n", model_->served_count());
    }
}

int whole_run::go() {
    fmt::print(out_, "seed: {}\n", options_.seed);
    out_.flush();
    history part;
    set_up(options_.setup_url.empty() ? options_.url : options_.setup_url, client_options_.size, {},
           part);
    for (std::uint16_t number = 0; number < options_.clients; ++number) {
        clients_.push_back(
            std::make_unique<client>(number, client_options_, faults_, model_.get()));
        clients_.back()->open();
    }
    started_ = clock::now();
    while (problem_.empty() && statements() < options_.operations && !is_over()) {
        work();
        for (const auto& one : clients_)
            part.append(std::move(one->book().done));
        const auto checking = clock::now();
        verdict found = checker_.check(part);
        checking_seconds_ += std::chrono::duration<double>(clock::now() - checking).count();
        part = {};
        total_.counts += found.counts;
        total_.violation_count += found.violation_count;
        for (violation& one : found.violations)
            total_.violations.push_back(std::move(one));
        fmt::print(out_, "{} operations, {:.0f} s, {} violations\n", statements(),
                   std::chrono::duration<double>(clock::now() - started_).count(),
                   total_.violation_count);
        out_.flush();
        if (total_.violation_count > 0 && options_.stop_at_violation) break;
    }
    report_violations();
    report();
    if (total_.violation_count > 0) return exit_violations;
    if (!problem_.empty()) {
        fmt::print(out_, "the check could not go on: {}\n", problem_);
        return exit_error;
    }
    if (is_vacuous()) {
        fmt::print(out_, "too little happened at the same time to show anything\n");
        return exit_vacuous;
    }
    return exit_consistent;
}

}  // namespace

int run(const run_options& options, std::ostream& out) try {
    return whole_run(options, out).go();
} catch (const std::exception& error) {
    fmt::print(out, "the check could not run: {}\n", error.what());
    return exit_error;
}

}  // namespace pgfold::consistency
