#include "proxy/admin/metrics/statement_series.hpp"

#include <algorithm>

namespace pgfold::admin {
namespace {

std::uint64_t difference(std::uint64_t larger, std::uint64_t smaller) {
    return larger > smaller ? larger - smaller : 0;
}

}  // namespace

statement_series::statement_series(std::size_t series_max, std::chrono::seconds idle_after)
    : series_max_(series_max), idle_after_(idle_after) {}

statement_series::amount statement_series::amount::take_growth(const amount& now) {
    const amount growth{difference(now.calls, calls), difference(now.total_ns, total_ns)};
    *this = now;
    return growth;
}

statement_series::amount& statement_series::amount::operator+=(const amount& other) {
    calls += other.calls;
    total_ns += other.total_ns;
    return *this;
}

std::vector<statement_series::series> statement_series::update(
    const std::vector<statistics::statement_row>& rows, clock::time_point now) {
    std::map<std::string, amount> sums;
    amount total;
    for (const statistics::statement_row& row : rows) {
        const amount recorded{row.latency.count(), row.latency.total_ns()};
        total += recorded;
        if (row.key.statement) sums[row.key.statement->fingerprint_hex] += recorded;
    }
    amount of_series;
    for (auto& [fingerprint, entry] : exported_) {
        const auto found = sums.find(fingerprint);
        const amount growth =
            entry.seen.take_growth(found == sums.end() ? amount{} : found->second);
        if (growth.calls != 0) entry.last_growth = now;
        entry.shown += growth;
        of_series += growth;
    }
    std::erase_if(exported_,
                  [&](const auto& entry) { return now - entry.second.last_growth > idle_after_; });
    of_series += admit(sums, now);
    // The total can dip for one scrape while rows move into the sum of the others.
    const amount before = total_seen_;
    total_seen_ = {std::max(total.calls, before.calls), std::max(total.total_ns, before.total_ns)};
    other_.calls += difference(total_seen_.calls - before.calls, of_series.calls);
    other_.total_ns += difference(total_seen_.total_ns - before.total_ns, of_series.total_ns);
    previous_ = std::move(sums);

    std::vector<series> result;
    for (const auto& [fingerprint, entry] : exported_) {
        result.push_back({fingerprint, entry.shown.calls, entry.shown.total_ns});
    }
    result.push_back({"other", other_.calls, other_.total_ns});
    return result;
}

// Free places go to the statements that took most time, and only to those that are in use.
statement_series::amount statement_series::admit(const std::map<std::string, amount>& sums,
                                                 clock::time_point now) {
    struct candidate {
        const std::string* fingerprint;
        amount sum, growth;
    };
    amount admitted;
    if (exported_.size() >= series_max_) return admitted;
    std::vector<candidate> candidates;
    for (const auto& [fingerprint, sum] : sums) {
        if (exported_.contains(fingerprint)) continue;
        const auto known = previous_.find(fingerprint);
        amount seen = known == previous_.end() ? amount{} : known->second;
        const amount growth = seen.take_growth(sum);
        if (growth.calls != 0) candidates.push_back({&fingerprint, sum, growth});
    }
    const std::size_t places = std::min(series_max_ - exported_.size(), candidates.size());
    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(places),
                      candidates.end(), [](const candidate& a, const candidate& b) {
                          return a.sum.total_ns > b.sum.total_ns;
                      });
    for (std::size_t i = 0; i < places; ++i) {
        // What it did before is in `other` and stays there.
        exported_[*candidates[i].fingerprint] = {candidates[i].growth, candidates[i].sum, now};
        admitted += candidates[i].growth;
    }
    return admitted;
}

}  // namespace pgfold::admin
