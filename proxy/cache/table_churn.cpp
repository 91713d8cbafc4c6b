#include "proxy/cache/table_churn.hpp"

#include <algorithm>
#include <chrono>

namespace pgfold::cache {

bool table_churn::is_quiet(const freshness::read_set& tables, std::uint32_t writes_per_hour,
                           detect::timestamp now) {
    const std::lock_guard lock(mutex_);
    bool all = true;
    for (const freshness::table_entry* table : tables.tables)
        all = is_quiet(*table, writes_per_hour, now) && all;
    return all;
}

// What was written before somebody first asked is not known: the allowance begins full.
bool table_churn::is_quiet(const freshness::table_entry& table, double per_hour,
                           detect::timestamp now) {
    const std::uint64_t version = freshness::table_entry::version(table.load());
    if (records_.size() >= tables_max && !records_.contains(&table)) return false;
    const auto [at, is_new] = records_.try_emplace(&table);
    record& r = at->second;
    if (is_new) r = {version, now, per_hour, true};
    const double hours = std::chrono::duration<double, std::ratio<3600>>(now - r.seen).count();
    r.allowance = std::min(per_hour, r.allowance + std::max(0.0, hours) * per_hour);
    r.allowance = std::max(-per_hour, r.allowance - static_cast<double>(version - r.version));
    r.version = version;
    r.seen = std::max(r.seen, now);
    if (r.allowance < 0)
        r.quiet = false;
    else if (r.allowance >= per_hour / 2)
        r.quiet = true;
    return r.quiet;
}

}  // namespace pgfold::cache
