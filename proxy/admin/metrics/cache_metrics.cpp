#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"
#include "proxy/cache/shared/shared_level.hpp"

namespace pgfold::admin {

void add_cache_metrics(const admin_context& context, metric_families& families) {
    if (!context.cache) return;
    const auto cache = context.cache();
    const auto& totals = cache->totals;
    const auto add = [&](std::string_view name, std::string help,
                         const std::atomic<std::uint64_t>& value) {
        families.push_back(
            counter_family(name, std::move(help)).add(static_cast<double>(value.load())).take());
    };
    add("cache_hits_total", "Statements that were answered from the cache.", totals.hits);
    add("cache_misses_total", "Statements that could have been, and were not.", totals.misses);
    add("cache_stores_total", "Answers that were put into the cache.", totals.stores);
    add("cache_evictions_total", "Answers that had to go for others.", totals.evictions);
    family_builder reasons =
        counter_family("cache_invalidations_total",
                       "Answers that went because they were not right any more, or might not be.");
    for (std::size_t i = 0; i < totals.invalidations.size(); ++i)
        reasons.add("reason", std::string(cache::to_string(static_cast<cache::invalidation>(i))),
                    static_cast<double>(totals.invalidations[i].load()));
    families.push_back(reasons.take());
    family_builder bypasses =
        counter_family("cache_bypasses_total",
                       "Statements of tables that are cached which were not looked up, or whose "
                       "answers were not kept, and why.");
    for (std::size_t i = 0; i < totals.bypasses.size(); ++i)
        bypasses.add("reason", std::string(cache::to_string(static_cast<cache::bypass>(i))),
                     static_cast<double>(totals.bypasses[i].load()));
    families.push_back(bypasses.take());
    families.push_back(gauge_family("cache_bytes", "Memory that the cache's answers take.")
                           .add(static_cast<double>(cache->store.bytes()))
                           .take());
    const auto level = context.shared_cache ? context.shared_cache() : nullptr;
    if (!level) return;
    const cache::shared_totals& there = level->totals();
    add("cache_shared_hits_total", "Misses that the shared level had the answer to.", there.hits);
    add("cache_shared_misses_total", "Misses that it had none to, or an old one.", there.misses);
    add("cache_shared_stores_total", "Answers that were put into the shared level.", there.stores);
    add("cache_shared_renewals_total", "Writes that the shared level was told of.", there.renewals);
    families.push_back(gauge_family("cache_shared_up", "Whether the shared level can be used.")
                           .add(level->is_up() ? 1 : 0)
                           .take());
}

}  // namespace pgfold::admin
