#include "tools/analyze/comparison.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace pgfold::analyze {
namespace {

// Less is what two captures of the same thing differ by.
constexpr std::uint64_t calls_min = 5;
constexpr double slower_factor = 1.3;
constexpr double slower_ms_min = 0.2;
constexpr double longer_factor = 1.5;
constexpr double frequent_factor = 2.0;
constexpr std::uint64_t frequent_calls_min = 50;

// Fingerprints and texts are the same in both analyses; templates are not.
using loop_key = std::tuple<detect::finding_class, std::string, std::string>;

loop_key key_of(const detect::finding& found) {
    return {found.kind, found.statement->fingerprint_hex,
            found.parent.statement ? found.parent.statement->fingerprint_hex : std::string()};
}

std::map<loop_key, detect::finding> loops_of(const traffic_analysis& analysis) {
    std::map<loop_key, detect::finding> loops;
    for (const detect::finding& found : analysis.findings) {
        const auto [at, is_new] = loops.emplace(key_of(found), found);
        if (is_new) continue;
        at->second.lookups += found.lookups;
        at->second.runs += found.runs;
        at->second.total_ms += found.total_ms;
    }
    return loops;
}

double lookups_per_run(const detect::finding& found) {
    return static_cast<double>(found.lookups) /
           static_cast<double>(std::max<std::uint64_t>(found.runs, 1));
}

struct measured {
    sql::template_ptr statement;
    statistics::latency_histogram latency;
};

std::map<std::string, measured> statements_of(const traffic_analysis& analysis,
                                              std::uint64_t& calls) {
    std::map<std::string, measured> statements;
    for (const statistics::statement_row& row : analysis.statements) {
        calls += row.latency.count();
        if (!row.key.statement) continue;
        measured& one = statements[row.key.statement->normalized_text];
        one.statement = row.key.statement;
        one.latency.merge(row.latency);
    }
    return statements;
}

statement_numbers numbers_of(const statistics::latency_histogram& latency) {
    const auto ms = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e6; };
    statement_numbers numbers;
    numbers.calls = latency.count();
    numbers.total_ms = ms(latency.total_ns());
    numbers.mean_ms =
        numbers.total_ms / static_cast<double>(std::max<std::uint64_t>(numbers.calls, 1));
    numbers.p95_ms = ms(latency.quantile_ns(0.95));
    return numbers;
}

bool by_extra_time(const statement_change& a, const statement_change& b) {
    return a.extra_ms > b.extra_ms;
}

void compare_loops(const traffic_analysis& before, const traffic_analysis& after,
                   comparison& result) {
    const auto old_loops = loops_of(before), loops = loops_of(after);
    for (const auto& [key, found] : loops) {
        const auto old = old_loops.find(key);
        if (old == old_loops.end()) {
            result.new_loops.push_back(found);
        } else if (lookups_per_run(found) >= longer_factor * lookups_per_run(old->second)) {
            result.longer_loops.push_back({old->second, found});
        }
    }
    for (const auto& [key, found] : old_loops)
        if (!loops.contains(key)) result.gone_loops.push_back(found);
    const auto by_time = [](const detect::finding& a, const detect::finding& b) {
        return a.total_ms > b.total_ms;
    };
    std::sort(result.new_loops.begin(), result.new_loops.end(), by_time);
    std::sort(result.gone_loops.begin(), result.gone_loops.end(), by_time);
}

void compare_statements(const traffic_analysis& before, const traffic_analysis& after,
                        comparison& result) {
    std::uint64_t old_calls = 0, calls = 0;
    const auto old_statements = statements_of(before, old_calls),
               statements = statements_of(after, calls);
    for (const auto& [text, now] : statements) {
        const auto old = old_statements.find(text);
        if (old == old_statements.end()) continue;
        statement_change change;
        change.statement = now.statement;
        change.before = numbers_of(old->second.latency);
        change.after = numbers_of(now.latency);
        const double slower_by = change.after.mean_ms - change.before.mean_ms;
        change.extra_ms = slower_by * static_cast<double>(change.after.calls);
        if (std::min(change.before.calls, change.after.calls) >= calls_min &&
            slower_by >= slower_ms_min &&
            change.after.mean_ms >= slower_factor * change.before.mean_ms)
            result.slower.push_back(change);
        // The captures may be of different length: what counts is the share of all calls.
        const double old_share =
            static_cast<double>(change.before.calls) / static_cast<double>(old_calls);
        const double share = static_cast<double>(change.after.calls) / static_cast<double>(calls);
        if (change.after.calls >= frequent_calls_min && share >= frequent_factor * old_share)
            result.more_frequent.push_back(change);
    }
    std::sort(result.slower.begin(), result.slower.end(), by_extra_time);
    std::sort(result.more_frequent.begin(), result.more_frequent.end(),
              [](const statement_change& a, const statement_change& b) {
                  return a.after.total_ms > b.after.total_ms;
              });
}

}  // namespace

comparison compare(const traffic_analysis& before, const traffic_analysis& after) {
    comparison result;
    compare_loops(before, after, result);
    compare_statements(before, after, result);
    std::set<std::pair<habit_kind, std::string>> old_habits;
    for (const query_habit& habit : before.habits)
        old_habits.emplace(habit.kind, habit.statement->normalized_text);
    for (const query_habit& habit : after.habits) {
        if (!old_habits.contains({habit.kind, habit.statement->normalized_text}))
            result.new_habits.push_back(habit);
    }
    return result;
}

}  // namespace pgfold::analyze
