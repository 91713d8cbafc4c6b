#include "analyzer/detect/series_list.hpp"

#include <algorithm>

namespace pgfold::detect {

lookup_series* series_list::find(const sql::statement_template& statement, std::uint64_t signature,
                                 std::uint64_t request) {
    constexpr std::ptrdiff_t near = 3;  // as good as first
    const auto found = std::find_if(series_.begin(), series_.end(), [&](const auto& series) {
        return series->is(statement, signature, request);
    });
    if (found == series_.end()) return nullptr;
    if (found - series_.begin() <= near) return found->get();
    std::rotate(series_.begin(), found, found + 1);
    return series_.front().get();
}

lookup_series* series_list::in_the_way_of(const sql::statement_template& statement) const {
    std::size_t same = 0;
    lookup_series* oldest_same = nullptr;
    lookup_series* oldest = nullptr;
    const auto is_older = [](const lookup_series& a, const lookup_series* b) {
        return b == nullptr || a.owner.last_used < b->owner.last_used;
    };
    for (const auto& series : series_) {
        if (series->owner.in_flight > 0) continue;
        if (is_older(*series, oldest)) oldest = series.get();
        if (!same_statement(*series->statement(), statement)) continue;
        ++same;
        if (is_older(*series, oldest_same)) oldest_same = series.get();
    }
    if (same >= series_per_statement_max) return oldest_same;
    return series_.size() >= series_max ? oldest : nullptr;
}

lookup_series* series_list::add(sql::template_ptr statement, std::uint64_t signature,
                                std::uint64_t request) {
    if (series_.size() >= series_max) return nullptr;
    series_.insert(series_.begin(),
                   std::make_unique<lookup_series>(std::move(statement), signature, request));
    return series_.front().get();
}

void series_list::remove(const lookup_series& series) {
    std::erase_if(series_, [&](const auto& entry) { return entry.get() == &series; });
}

void series_list::remove_idle() {
    std::erase_if(series_, [](const auto& series) { return series->owner.in_flight == 0; });
    if (series_.empty()) series_.shrink_to_fit();
}

bool series_list::is_proven_loop(const sql::statement_template& statement) const {
    return std::any_of(series_.begin(), series_.end(), [&](const auto& series) {
        return series->proven() && same_statement(*series->statement(), statement);
    });
}

}  // namespace pgfold::detect
