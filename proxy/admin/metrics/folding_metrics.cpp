#include <array>

#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {
namespace {

using telemetry::counter;
using telemetry::thread_counters;

// In the order of telemetry::batch_outcome.
constexpr std::array<std::string_view, static_cast<std::size_t>(telemetry::batch_outcome::count_)>
    outcomes = {"completed", "failed", "canceled", "abandoned", "observed"};
static_assert(!outcomes.back().empty());

// In the order of telemetry::batch_kind.
constexpr std::array<std::string_view, static_cast<std::size_t>(telemetry::batch_kind::count_)>
    strategies = {"pipeline", "any", "lateral"};
static_assert(!strategies.back().empty());

double sum(const admin_context& context, const counter thread_counters::*member) {
    std::uint64_t total = 0;
    for (const thread_counters* thread : context.counters)
        total += (thread->*member).value();
    return static_cast<double>(total);
}

prometheus::MetricFamily batches(const admin_context& context) {
    family_builder family =
        counter_family("batches_total",
                       "Batches of lookups, by strategy and by how they ended. Those that are "
                       "`observed` were never sent.");
    for (std::size_t strategy = 0; strategy < strategies.size(); ++strategy)
        for (std::size_t outcome = 0; outcome < outcomes.size(); ++outcome) {
            std::uint64_t total = 0;
            for (const thread_counters* thread : context.counters)
                total += thread->batches[strategy][outcome].value();
            prometheus::ClientMetric metric;
            metric.label = {{"strategy", std::string(strategies[strategy])},
                            {"outcome", std::string(outcomes[outcome])}};
            metric.counter.value = static_cast<double>(total);
            family.add(std::move(metric));
        }
    return family.take();
}

}  // namespace

void add_folding_metrics(const admin_context& context, metric_families& families) {
    const auto add = [&](std::string_view name, std::string help,
                         const counter thread_counters::*member) {
        families.push_back(counter_family(name, std::move(help)).add(sum(context, member)).take());
    };
    add("folded_lookups_total", "Lookups that were answered from a batch.",
        &thread_counters::folded_lookups);
    families.push_back(batches(context));
    add("batch_keys_fetched_total", "Keys that batches have asked PostgreSQL for.",
        &thread_counters::batch_keys_fetched);
    add("batch_keys_used_total", "Keys of batches that clients then asked for.",
        &thread_counters::batch_keys_used);
    add("round_trips_saved_total",
        "Lookups that were answered at once, so that nobody waited for PostgreSQL.",
        &thread_counters::round_trips_saved);
}

}  // namespace pgfold::admin
