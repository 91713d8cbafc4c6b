#include "analyzer/detect/sibling_pool.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace pgfold::detect {
namespace {

std::uint64_t event_of(timestamp t) {
    return static_cast<std::uint64_t>(t.time_since_epoch().count());
}

proof_rules pool_rules(const detector_settings& settings) {
    proof_rules rules;
    rules.rows_min = settings.min_lookups;
    rules.skip_max = 32;  // the others' share of the loop lies in between
    rules.exact_share_min = 0.6;
    rules.exact_share_named_min = 0.3;
    rules.explained_share_min = 0.95;
    rules.any_order = false;
    return rules;
}

// Results of several connections side by side; events are times.
class merged_context final : public series_context {
public:
    merged_context(std::size_t results_max, proof_rules rules)
        : window_(results_max), rules_(rules) {}

    [[nodiscard]] bool is_proven_loop(const sql::statement_template&) const override {
        return false;
    }
    [[nodiscard]] result_window& results() override { return window_; }
    [[nodiscard]] const proof_rules& rules() const override { return rules_; }
    [[nodiscard]] key_relation relation(const result_column&,
                                        const sql::key_comparison&) const override {
        return key_relation::unknown;
    }

    void add(const std::shared_ptr<const result_record>& record) {
        // Never written to through the window: the indexes are its own.
        auto result =
            std::make_shared<stored_result>(std::const_pointer_cast<result_record>(record));
        result->visible_from = event_of(record->arrived);
        result->touched = record->arrived;
        for (const auto& older : window_.results()) {
            if (older->record->connection_id == record->connection_id &&
                older->superseded_at == never &&
                same_statement(*older->record->statement, *record->statement)) {
                older->superseded_at = result->visible_from;
            }
        }
        window_.add(std::move(result));
    }

private:
    result_window window_;
    proof_rules rules_;
};

timestamp last_of(const sibling_pool::handed_run& run) {
    timestamp last;
    for (const auto& lookup : run.lookups)
        last = std::max(last, lookup.start + lookup.duration);
    return last;
}

// Lookups of different transactions are different requests: only many in one are suspicious.
void keep_crowded_windows(std::vector<lookup_record>& lookups, std::size_t lookups_min) {
    std::map<std::uint32_t, std::size_t> count;
    for (const auto& lookup : lookups)
        ++count[lookup.window];
    std::erase_if(lookups, [&](const auto& lookup) { return count[lookup.window] < lookups_min; });
}

std::size_t open_lookups(const sibling_pool::handed_run& run) {
    return static_cast<std::size_t>(std::count_if(run.lookups.begin(), run.lookups.end(),
                                                  [](const auto& l) { return !l.settled; }));
}

}  // namespace

void sibling_pool::publish(std::shared_ptr<const result_record> result,
                           std::chrono::nanoseconds idle_gap) {
    const std::lock_guard lock(mutex_);
    expire_results(result->arrived - 3 * idle_gap);
    std::size_t same = 0;
    auto oldest = results_.end();
    for (auto it = results_.begin(); it != results_.end(); ++it) {
        if (!same_statement(*(*it)->statement, *result->statement)) continue;
        if (same++ == 0) oldest = it;
    }
    const auto drop = [&](auto it) {
        result_bytes_ -= (*it)->rows.bytes();
        results_.erase(it);
    };
    if (same >= results_per_statement_max) drop(oldest);
    result_bytes_ += result->rows.bytes();
    results_.push_back(std::move(result));
    while (results_.size() > results_max || result_bytes_ > result_bytes_max)
        drop(results_.begin());
    result_count_.store(static_cast<std::uint32_t>(results_.size()), std::memory_order_relaxed);
}

std::vector<std::shared_ptr<const result_record>> sibling_pool::results_of(
    const sql::statement_template* statement) const {
    std::vector<std::shared_ptr<const result_record>> found;
    const std::lock_guard lock(mutex_);
    for (const auto& result : results_)
        if (statement == nullptr || same_statement(*result->statement, *statement))
            found.push_back(result);
    return found;
}

void sibling_pool::expire_results(timestamp before) {
    while (!results_.empty() && results_.front()->arrived < before) {
        result_bytes_ -= results_.front()->rows.bytes();
        results_.pop_front();
    }
    result_count_.store(static_cast<std::uint32_t>(results_.size()), std::memory_order_relaxed);
}

std::vector<loop_report> sibling_pool::hand_over(handed_run run, const detector_settings& settings,
                                                 timestamp now, bool attribute) {
    const std::lock_guard lock(mutex_);
    std::vector<loop_report> reports;
    auto it = std::find_if(waiting_.begin(), waiting_.end(), [&](const waiting_statement& w) {
        return w.signature == run.signature && w.request == run.request &&
               same_statement(*w.runs.front().origin.statement, *run.origin.statement);
    });
    if (it == waiting_.end()) {
        if (waiting_.size() >= statements_max) {
            expire_runs(waiting_.front(), timestamp::max(), settings, attribute, reports);
            waiting_.erase(waiting_.begin());
        }
        it = waiting_.insert(waiting_.end(),
                             waiting_statement{run.signature, run.request, {}, 0, 0});
    }
    expire_runs(*it, now - 2 * settings.idle_gap, settings, attribute, reports);
    std::size_t held = run.lookups.size();
    for (const auto& r : it->runs)
        held += r.lookups.size();
    while (held > lookups_max && !it->runs.empty()) {
        held -= it->runs.front().lookups.size();
        expire_runs(*it, last_of(it->runs.front()) + std::chrono::nanoseconds(1), settings,
                    attribute, reports);
    }
    it->runs.push_back(std::move(run));
    waiting_count_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_relaxed);

    std::set<std::uint64_t> connections;
    for (const auto& r : it->runs)
        connections.insert(r.lookups.front().connection_id);
    if (connections.size() < 2) return reports;
    // Unrelated traffic over a pool hands lookups over all day: after failures, try ever less
    // often.
    if (it->failures >= 4 && ++it->attempts_skipped < (1U << std::min(it->failures - 3, 8U)))
        return reports;
    it->attempts_skipped = 0;
    auto proven = prove(*it, settings, attribute);
    it->failures = proven.empty() ? it->failures + 1 : 0;
    std::move(proven.begin(), proven.end(), std::back_inserter(reports));
    return reports;
}

std::vector<loop_report> sibling_pool::prove(waiting_statement& waiting,
                                             const detector_settings& settings, bool attribute) {
    std::vector<const lookup_record*> lookups;
    timestamp first = timestamp::max();
    for (const auto& run : waiting.runs) {
        for (const auto& lookup : run.lookups) {
            lookups.push_back(&lookup);
            first = std::min(first, lookup.start);
        }
    }
    std::vector<loop_report> reports;
    if (lookups.size() < settings.min_lookups) return reports;
    std::sort(lookups.begin(), lookups.end(),
              [](const auto* a, const auto* b) { return a->start < b->start; });
    if (lookups.size() > lookup_series::log_max)
        lookups.erase(lookups.begin(), lookups.end() - lookup_series::log_max);

    merged_context context(results_max, pool_rules(settings));
    for (const auto& result : results_) {
        if (result->arrived >= first - 2 * settings.idle_gap && result->request == waiting.request)
            context.add(result);
    }
    if (context.results().empty()) return reports;
    const loop_origin& origin = waiting.runs.back().origin;
    lookup_series merged(origin.statement, waiting.signature, waiting.request);
    std::set<std::pair<std::uint64_t, execution_id>> reported;
    for (const lookup_record* lookup : lookups) {
        lookup_record copy = *lookup;
        if (copy.settled) reported.emplace(copy.connection_id, copy.id);
        copy.event = event_of(copy.start);
        copy.settled = false;
        copy.finished = true;
        (void)merged.add(copy, waiting.runs.back().kinds, context);
    }
    std::set<std::pair<std::uint64_t, execution_id>> explained;
    for (auto& proof : merged.settle(true, context)) {
        std::set<std::uint64_t> keys;
        for (const auto& l : proof.lookups)
            explained.emplace(l.lookup.connection_id, l.lookup.id);
        const bool continues =
            std::any_of(proof.lookups.begin(), proof.lookups.end(), [&](const proven_lookup& l) {
                return reported.contains({l.lookup.connection_id, l.lookup.id});
            });
        std::erase_if(proof.lookups, [&](const proven_lookup& l) {
            return reported.contains({l.lookup.connection_id, l.lookup.id});
        });
        if (proof.lookups.empty()) continue;
        for (const auto& l : proof.lookups)
            keys.insert(l.lookup.arguments);
        proof.distinct = keys.size();
        if (continues) proof.runs = 0;
        reports.push_back(report_proof(proof, origin, attribute));
    }
    for (auto& run : waiting.runs) {
        for (auto& lookup : run.lookups) {
            lookup.settled =
                lookup.settled || explained.contains({lookup.connection_id, lookup.id});
        }
    }
    return reports;
}

// Lookups that nothing has explained in time are reported for what they are on their own.
void sibling_pool::expire_runs(waiting_statement& waiting, timestamp before,
                               const detector_settings& settings, bool attributes,
                               std::vector<loop_report>& reports) {
    std::erase_if(waiting.runs, [&](handed_run& run) {
        if (last_of(run) >= before) return false;
        std::erase_if(run.lookups, [](const lookup_record& l) { return l.settled; });
        if (!run.suspected) return true;
        keep_crowded_windows(run.lookups, settings.suspected_min);
        if (run.lookups.empty()) return true;
        std::vector<std::uint8_t> keys;
        for (std::uint8_t i = 0;
             i < std::min(run.origin.statement->keys.size(), result_record::keys_max); ++i)
            keys.push_back(i);
        const lookup_totals totals = total(run.lookups);
        if (totals.distinct < settings.suspected_min) return true;
        reports.push_back(report_repetition(finding_class::suspected, totals, run.origin, keys));
        reports.back().timeline = timeline_of(run.lookups);
        if (attributes) attribute(reports.back(), run.lookups);
        return true;
    });
}

std::vector<loop_report> sibling_pool::expire(const detector_settings& settings, timestamp now,
                                              bool attribute) {
    const std::lock_guard lock(mutex_);
    std::vector<loop_report> reports;
    for (auto& waiting : waiting_) {
        if (open_lookups(waiting.runs.front()) > 0 &&
            last_of(waiting.runs.front()) < now - 2 * settings.idle_gap && waiting.failures >= 4) {
            auto proven = prove(waiting, settings, attribute);  // the attempt that was put off
            std::move(proven.begin(), proven.end(), std::back_inserter(reports));
        }
        expire_runs(waiting, now - 2 * settings.idle_gap, settings, attribute, reports);
    }
    std::erase_if(waiting_, [](const waiting_statement& w) { return w.runs.empty(); });
    waiting_count_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_relaxed);
    expire_results(now - 3 * settings.idle_gap);
    return reports;
}

std::vector<loop_report> sibling_pool::leave(const detector_settings& settings, timestamp now,
                                             bool attribute) {
    const bool last = connections_.fetch_sub(1, std::memory_order_relaxed) == 1;
    if (!has_waiting()) return {};
    auto reports = expire(settings, now, attribute);
    if (last) {
        auto rest = expire(settings, now + 8 * settings.idle_gap, attribute);
        std::move(rest.begin(), rest.end(), std::back_inserter(reports));
    }
    return reports;
}

}  // namespace pgfold::detect
