#include "analyzer/detect/lookup_totals.hpp"

#include <algorithm>

namespace pgfold::detect {

void lookup_totals::add(const lookup_record& lookup) {
    const timestamp end = lookup.start + lookup.duration;
    if (lookups == 0 || lookup.start < first) first = lookup.start;
    if (lookups == 0 || end > last) last = end;
    ++lookups;
    rows += lookup.rows;
    local += lookup.local ? 1 : 0;
    duration += lookup.duration;
}

void lookup_totals::add(const lookup_totals& other) {
    if (other.lookups == 0) return;
    if (lookups == 0 || other.first < first) first = other.first;
    if (lookups == 0 || other.last > last) last = other.last;
    lookups += other.lookups;
    distinct += other.distinct;
    rows += other.rows;
    local += other.local;
    most_equal = std::max(most_equal, other.most_equal);
    duration += other.duration;
}

lookup_totals total(std::vector<lookup_record>& lookups) {
    lookup_totals totals;
    std::sort(lookups.begin(), lookups.end(), [](const lookup_record& a, const lookup_record& b) {
        return a.arguments < b.arguments;
    });
    std::uint64_t equal = 0;
    for (std::size_t i = 0; i < lookups.size(); ++i) {
        totals.add(lookups[i]);
        if (i == 0 || lookups[i].arguments != lookups[i - 1].arguments) {
            ++totals.distinct;
            equal = 0;
        }
        totals.most_equal = std::max(totals.most_equal, ++equal);
    }
    return totals;
}

}  // namespace pgfold::detect
