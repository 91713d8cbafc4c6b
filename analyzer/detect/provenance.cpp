#include "analyzer/detect/provenance.hpp"

#include <algorithm>
#include <bit>
#include <optional>

namespace pgfold::detect {

std::uint32_t row_progress::unasked(std::uint32_t first, std::uint32_t last) const {
    if (first >= last) return 0;
    std::uint32_t set = 0;
    for (std::uint32_t word = first / 64; word <= (last - 1) / 64 && word < asked.size(); ++word) {
        std::uint64_t bits = asked[word];
        if (word == first / 64) bits &= ~std::uint64_t{0} << (first % 64);
        if (word == (last - 1) / 64 && last % 64 != 0)
            bits &= (std::uint64_t{1} << (last % 64)) - 1;
        set += static_cast<std::uint32_t>(std::popcount(bits));
    }
    return last - first - set;
}

namespace {

// After so many lookups in a row that a source does not explain, only the very next value resumes
// it: what is left of an old loop must not pick up the keys of a new one.
constexpr std::uint32_t misses_tolerated = 2;

enum class step_kind : std::uint8_t { exact, repeat, pending, skip };

struct step {
    step_kind kind;
    std::uint32_t cost = 0;
};

struct walk_rules {
    bool backward = false;
    bool takes_pending = true;  // rows passed over may be asked for later
    bool any_place = false;
    std::uint32_t skip_max = 8;
};

constexpr std::uint32_t unlimited = 0xffffffff;

walk_rules rules_of(row_order order, const proof_rules& rules) {
    switch (order) {
        case row_order::forward:
            return {false, true, false, rules.skip_max};
        case row_order::backward:
            return {true, true, false, rules.skip_max};
        case row_order::filtered:
            return {false, false, false, unlimited};
        case row_order::filtered_backward:
            return {true, false, false, unlimited};
        case row_order::unordered:
            return {false, true, true, unlimited};
    }
    return {};
}

std::optional<step> classify(const row_progress& progress, const feeding_result& feeding,
                             std::uint32_t place, const walk_rules& rules) {
    const std::uint32_t distinct = feeding.distinct;
    if (progress.is_asked(place)) {
        // A loop asks once per row, or again for the row it is at. Past its last row, repeats are
        // somebody else's.
        const bool over =
            progress.fed >= distinct && progress.fed + progress.repeats >= feeding.values;
        if (over && place != progress.last_place) return std::nullopt;
        return step{step_kind::repeat};
    }
    if (rules.any_place) return step{step_kind::exact};
    const auto at = static_cast<std::int64_t>(place);
    const std::int64_t start = rules.backward ? static_cast<std::int64_t>(distinct) : -1;
    const std::int64_t from = progress.started ? progress.position : start;
    const bool ahead = rules.backward ? at < from : at > from;
    if (!ahead) return rules.takes_pending ? std::optional(step{step_kind::pending}) : std::nullopt;
    const std::uint32_t skipped =
        rules.backward ? progress.unasked(place + 1, static_cast<std::uint32_t>(from))
                       : progress.unasked(static_cast<std::uint32_t>(from + 1), place);
    if (skipped == 0) return step{step_kind::exact};
    if (skipped > rules.skip_max) return std::nullopt;
    return step{step_kind::skip, skipped};
}

struct tally {
    std::uint32_t fed = 0, exact = 0, repeats = 0;
    std::int64_t cost = 0;
    std::uint64_t first = 0, last = 0;  // lookups
};

struct walk {
    std::vector<row_progress> progress;
    std::vector<tally> tallies;
    std::vector<assignment> assignments;
};

bool is_strict(const feeding_result& feeding, const lookup_record& lookup, parent_role role) {
    return role == parent_role::plain && lookup.event > feeding.result->superseded_at;
}

walk walk_rows(const key_source& source, std::span<const lookup_record> lookups,
               std::uint64_t first, parent_role role, const walk_rules& rules) {
    walk w;
    w.tallies.resize(source.results.size());
    w.progress.reserve(source.results.size());
    for (const auto& feeding : source.results)
        w.progress.push_back(feeding.progress);
    if (source.touches.empty() && !source.proven) return w;

    constexpr std::uint32_t none = 0xffffffff;
    std::uint32_t last_used = none;
    if (source.proven) {
        for (std::uint32_t r = 0; r < source.results.size(); ++r) {
            if (source.results[r].progress.started) last_used = r;
        }
    }
    std::uint64_t newest = 0;
    for (const auto& feeding : source.results)
        newest = std::max(newest, feeding.serial);
    std::uint32_t misses = 0;
    auto touch =
        std::lower_bound(source.touches.begin(), source.touches.end(), first,
                         [](const struct touch& t, std::uint64_t n) { return t.lookup < n; });
    for (std::uint64_t number = first; number < first + lookups.size(); ++number) {
        const lookup_record& lookup = lookups[number - first];
        const auto begin = touch;
        while (touch != source.touches.end() && touch->lookup == number)
            ++touch;
        if (lookup.settled || lookup.skipped) continue;

        const struct touch* best = nullptr;
        step best_step{};
        std::uint64_t best_rank = ~std::uint64_t{0};
        for (auto it = begin; it != touch; ++it) {
            const feeding_result& feeding = source.results[it->result];
            const auto s = classify(w.progress[it->result], feeding, it->place, rules);
            if (!s) continue;
            const bool strict = is_strict(feeding, lookup, role);
            if (strict && rules.skip_max == unlimited) continue;
            const bool only_exact = misses >= misses_tolerated || strict;
            if (only_exact && s->kind != step_kind::exact &&
                !(s->kind == step_kind::repeat && it->result == last_used && misses == 0)) {
                continue;
            }
            // Lowest cost; then the result in use, the one after it, the newest.
            const std::uint64_t nearness =
                it->result == last_used ? 0
                : last_used != none && feeding.serial > source.results[last_used].serial
                    ? std::min<std::uint64_t>(feeding.serial - source.results[last_used].serial,
                                              1U << 22)
                    : (1U << 22) + std::min<std::uint64_t>(newest - feeding.serial, 1U << 22);
            const std::uint64_t rank = (static_cast<std::uint64_t>(s->kind) << 56) |
                                       (static_cast<std::uint64_t>(s->cost) << 24) | nearness;
            if (rank < best_rank) {
                best = &*it;
                best_step = *s;
                best_rank = rank;
            }
        }
        if (best == nullptr) {
            if (begin == touch && last_used != none && !rules.backward) {
                // The loop may have gone on past the rows that were kept.
                row_progress& progress = w.progress[last_used];
                const feeding_result& feeding = source.results[last_used];
                if (progress.beyond < feeding.result->rows_left_out && progress.fed >= 16 &&
                    feeding.distinct > 0 &&
                    progress.position + 1 >= static_cast<std::int64_t>(feeding.distinct) &&
                    misses == 0 && lookup.event < feeding.result->superseded_at) {
                    ++progress.beyond;
                    w.assignments.push_back({number, last_used});
                    w.tallies[last_used].last = number;
                    continue;
                }
            }
            ++misses;
            continue;
        }
        misses = 0;
        last_used = best->result;
        row_progress& progress = w.progress[best->result];
        tally& sum = w.tallies[best->result];
        if (sum.fed + sum.repeats == 0) sum.first = number;
        sum.last = number;
        w.assignments.push_back({number, best->result});
        progress.last_place = best->place;
        if (best_step.kind == step_kind::repeat) {
            ++sum.repeats;
            ++progress.repeats;
            continue;
        }
        progress.mark(best->place);
        ++progress.fed;
        ++sum.fed;
        sum.cost += best_step.cost;
        if (best_step.kind == step_kind::pending) --sum.cost;
        if (best_step.kind == step_kind::exact) ++sum.exact;
        if (best_step.kind != step_kind::pending) {
            progress.position = best->place;
            progress.started = true;
        }
    }
    for (auto& sum : w.tallies)
        sum.cost = std::max<std::int64_t>(sum.cost, 0);
    return w;
}

constexpr double superseded_share_min = 0.34;

std::vector<assignment> result_assignments(const walk& w, std::size_t result) {
    std::vector<assignment> found;
    for (const auto& a : w.assignments) {
        if (a.result == result) found.push_back(a);
    }
    return found;
}

double explained_share(const std::vector<assignment>& assignments,
                       std::span<const lookup_record> lookups, std::uint64_t first,
                       std::uint64_t from, std::uint64_t to) {
    std::uint64_t all = 0;
    std::uint64_t explained = 0;
    for (std::uint64_t n = from; n <= to; ++n) {
        if (!lookups[n - first].settled && !lookups[n - first].skipped) ++all;
    }
    for (const auto& a : assignments)
        explained += a.lookup >= from && a.lookup <= to ? 1 : 0;
    return all == 0 ? 0 : static_cast<double>(explained) / static_cast<double>(all);
}

// A handful of values that every result holds, like a status, proves nothing.
bool has_distinct_keys(const std::vector<assignment>& assignments,
                       std::span<const lookup_record> lookups, std::uint64_t first,
                       std::uint32_t enough) {
    std::vector<std::uint64_t> seen;
    for (const auto& a : assignments) {
        const lookup_record& lookup = lookups[a.lookup - first];
        std::uint64_t key = 0;
        for (const std::uint64_t k : lookup.keys)
            key = combine_hashes(key, k);
        if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
        seen.push_back(key);
        if (seen.size() >= enough) return true;
    }
    return false;
}

class judge_of_walk {
public:
    judge_of_walk(const key_source& source, std::span<const lookup_record> lookups,
                  std::uint64_t first, const proof_rules& rules, row_order order)
        : source_(source), lookups_(lookups), first_(first), rules_(rules), order_(order) {}

    [[nodiscard]] bool accepts_result(const walk& w, std::size_t r) const {
        const tally& t = w.tallies[r];
        const feeding_result& feeding = source_.results[r];
        if (feeding.progress.fed >= rules_.rows_min && source_.proven) {
            return t.cost <= rules_.cost_share_max * (t.fed + feeding.progress.fed);
        }
        if (t.fed < rules_.rows_min) return false;
        // A fresh execution of the parent has replaced this one. That its loop goes on all the
        // same, requests taking turns on one connection, needs to be more than a few hits.
        if (feeding.result->superseded_at < lookups_[t.last - first_].event &&
            explained_share(result_assignments(w, r), lookups_, first_, t.first, t.last) <
                superseded_share_min) {
            return false;
        }
        return accepts(w, t, feeding.distinct);
    }

    [[nodiscard]] bool accepts(const walk& w, const tally& t, std::uint32_t distinct) const {
        const bool backed = source_.named || source_.distinctive;
        const double share = order_ == row_order::unordered || order_ == row_order::filtered ||
                                     order_ == row_order::filtered_backward
                                 ? std::max(rules_.explained_share_min, 0.85)
                                 : rules_.explained_share_min;
        if (share > 0 && explained_share(w.assignments, lookups_, first_, t.first, t.last) < share)
            return false;
        switch (order_) {
            case row_order::forward:
            case row_order::backward: {
                const double exact_min =
                    backed ? rules_.exact_share_named_min : rules_.exact_share_min;
                return static_cast<double>(t.cost) <= rules_.cost_share_max * t.fed &&
                       t.exact >= exact_min * t.fed;
            }
            case row_order::filtered:
            case row_order::filtered_backward:
                return backed && t.fed >= rules_.unordered_rows_min;
            case row_order::unordered:
                // Drawn without putting back, nearly to the last: chance repeats itself long
                // before.
                return backed && t.fed >= rules_.unordered_rows_min && t.repeats * 10 <= t.fed &&
                       (source_.distinctive || t.fed * 4 >= distinct * 3);
        }
        return false;
    }

private:
    const key_source& source_;
    std::span<const lookup_record> lookups_;
    std::uint64_t first_;
    const proof_rules& rules_;
    row_order order_;
};

judgement judge_order(const key_source& source, std::span<const lookup_record> lookups,
                      std::uint64_t first, parent_role role, const proof_rules& rules,
                      row_order order) {
    judgement result;
    result.order = order;
    walk w = walk_rows(source, lookups, first, role, rules_of(order, rules));
    const judge_of_walk check(source, lookups, first, rules, order);
    std::vector<bool> accepted(source.results.size(), false);
    if (role == parent_role::plain) {
        for (std::size_t r = 0; r < accepted.size(); ++r) {
            accepted[r] =
                w.tallies[r].last != 0 || w.tallies[r].fed > 0 ? check.accepts_result(w, r) : false;
        }
    } else {
        tally sum;
        std::uint32_t feeding_two = 0;
        std::uint32_t fed_before = 0;
        sum.first = ~std::uint64_t{0};
        for (std::size_t r = 0; r < accepted.size(); ++r) {
            const tally& t = w.tallies[r];
            const std::uint32_t fed = w.progress[r].fed;
            feeding_two += fed >= 2 ? 1 : 0;
            fed_before += source.results[r].progress.fed;
            if (t.fed + t.repeats == 0) continue;
            accepted[r] = true;
            // All of a small result, in whatever order a set or a map gave it.
            const bool all = fed >= source.results[r].distinct;
            sum.fed += t.fed;
            sum.exact += all ? t.fed : t.exact;
            sum.cost += all ? 0 : t.cost;
            sum.repeats += t.repeats;
            sum.first = std::min(sum.first, t.first);
            sum.last = std::max(sum.last, t.last);
        }
        const bool continued = source.proven && fed_before >= rules.rows_min;
        const bool enough = continued ? sum.fed + sum.repeats > 0 : sum.fed >= rules.rows_min;
        const bool branches = role != parent_role::self || feeding_two >= 2;
        const std::uint32_t distinct = sum.fed;
        if (!enough || !branches || order == row_order::unordered ||
            !(continued
                  ? static_cast<double>(sum.cost) <= rules.cost_share_max * (sum.fed + fed_before)
                  : check.accepts(w, sum, distinct))) {
            return result;
        }
    }
    for (std::size_t r = 0; r < accepted.size(); ++r) {
        if (accepted[r]) {
            result.fed += w.tallies[r].fed;
            result.cost += static_cast<std::uint32_t>(w.tallies[r].cost);
            result.progress.push_back(std::move(w.progress[r]));
        } else {
            result.progress.push_back(source.results[r].progress);
        }
    }
    for (const auto& a : w.assignments) {
        if (accepted[a.result]) result.assignments.push_back(a);
    }
    if (!result.assignments.empty()) {
        result.density =
            explained_share(result.assignments, lookups, first, result.assignments.front().lookup,
                            result.assignments.back().lookup);
    }
    result.accepted =
        !result.assignments.empty() &&
        (source.proven || has_distinct_keys(result.assignments, lookups, first, rules.rows_min));
    return result;
}

}  // namespace

judgement judge(key_source& source, std::span<const lookup_record> lookups, std::uint64_t first,
                parent_role role, const proof_rules& rules) {
    if (!source.touches_sorted) {
        std::stable_sort(source.touches.begin(), source.touches.end(),
                         [](const touch& a, const touch& b) { return a.lookup < b.lookup; });
        source.touches_sorted = true;
    }
    static constexpr row_order orders[] = {row_order::forward, row_order::backward,
                                           row_order::filtered, row_order::filtered_backward,
                                           row_order::unordered};
    judgement best;
    if (source.proven) {
        best = judge_order(source, lookups, first, role, rules, source.order);
        if (best.accepted) return best;
    }
    if (source.touches.size() < 2) return best;
    for (const row_order order : orders) {
        const bool loose = order != row_order::forward && order != row_order::backward;
        if (loose && (!rules.any_order || !(source.named || source.distinctive))) break;
        best = judge_order(source, lookups, first, role, rules, order);
        if (best.accepted) return best;
    }
    return {};
}

}  // namespace pgfold::detect
