#include "tests/consistency/checker/row_timeline.hpp"

#include <algorithm>

namespace pgfold::consistency {
namespace {

bool by_rank(const version_entry& left, const version_entry& right) {
    return left.at < right.at;
}

}  // namespace

void row_timeline::sort_versions() {
    if (!std::is_sorted(versions_.begin(), versions_.end(), by_rank)) {
        std::stable_sort(versions_.begin(), versions_.end(), by_rank);
    }
}

const version_entry* row_timeline::find(std::int64_t version, std::uint64_t writer) const {
    const version_entry wanted{rank_of(version)};
    auto found = std::lower_bound(versions_.begin(), versions_.end(), wanted, by_rank);
    // A foreign key's action leaves version and writer as they were.
    for (; found != versions_.end() && found->at <= wanted.at + 1; ++found) {
        if (found->writer == writer) return &*found;
    }
    return nullptr;
}

std::span<const version_entry> row_timeline::versions_from(rank at) const {
    return {std::lower_bound(versions_.begin(), versions_.end(), version_entry{at}, by_rank),
            versions_.end()};
}

const version_entry* row_timeline::consequence_of(const version_entry& entry) const {
    const version_entry wanted{entry.at + 1};
    const auto found = std::lower_bound(versions_.begin(), versions_.end(), wanted, by_rank);
    return found != versions_.end() && found->at == wanted.at ? &*found : nullptr;
}

const version_entry* row_timeline::last_visible() const {
    const auto found = std::find_if(versions_.rbegin(), versions_.rend(), [](const auto& entry) {
        return entry.ends_as == fate::visible;
    });
    return found == versions_.rend() ? nullptr : &*found;
}

const frontier_point& row_timeline::frontier_before(nanoseconds when) const {
    const auto next =
        std::partition_point(frontier_.begin() + 1, frontier_.end(),
                             [when](const frontier_point& point) { return point.since < when; });
    return *(next - 1);
}

void row_timeline::collapse() {
    const rank reached = frontier_.back().at;
    version_entry base;
    for (const version_entry& entry : versions_) {
        if (entry.ends_as == fate::visible && entry.at <= reached) base = entry;
    }
    base.transaction = no_transaction;
    versions_.assign(1, base);
    frontier_.assign(1, frontier_point{std::numeric_limits<nanoseconds>::min(), base.at});
}

}  // namespace pgfold::consistency
