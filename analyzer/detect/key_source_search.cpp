// Of lookup_series: in which results, and in which columns of them, its keys are found. (Whether
// that makes a loop is judged in lookup_series.cpp.)
#include <algorithm>
#include <bit>

#include "analyzer/detect/lookup_series.hpp"
#include "analyzer/detect/name_hint.hpp"

namespace pgfold::detect {
namespace {

constexpr std::uint64_t prospect_lookups_max = 256;
constexpr std::uint64_t own_prospect_lookups_max = 64;
constexpr std::size_t tuples_max = 64;
constexpr std::uint32_t probes_before_sleep = 32;

column_tuple single_column(std::size_t column) {
    column_tuple columns;
    columns.size = 1;
    columns.columns[0] = static_cast<std::uint16_t>(column);
    return columns;
}

}  // namespace

// Results that arrived since the last look. They hold for the lookups from the newest one on.
void lookup_series::find_prospects(const result_window& window) {
    for (const auto& result : window.results()) {
        if (result->serial <= serial_seen_ || result->record->request != request_) continue;
        prospect p;
        p.result = result;
        p.from = base_ + log_.size() - 1;
        while (p.from > base_ && log_[p.from - 1 - base_].event > result->visible_from)
            --p.from;
        prospects_.push_back(std::move(p));
    }
    serial_seen_ = window.newest_serial();
}

void lookup_series::rebuild(series_context& context) {
    sources_.clear();
    prospects_.clear();
    serial_seen_ = 0;
    find_prospects(context.results());
    look_at_prospects(false, context);
}

// Looks at 2, 4, 8 … lookups after a result. A result that a fresh execution of its statement has
// replaced is only looked at when the series is judged (`all`): it may feed a loop of a request
// that takes turns with others, but most often it is a list page that has been followed by another
// one.
void lookup_series::look_at_prospects(bool all, series_context& context) {
    const std::uint64_t next = base_ + log_.size();
    std::erase_if(prospects_, [&](prospect& p) {
        if (!p.result->record) return true;
        const std::uint64_t after = next - p.from;
        if (after < 2 || (!all && (after < p.look_at || p.result->superseded_at != never))) {
            return false;
        }
        while (p.look_at <= after)
            p.look_at *= 2;
        look_at(p, context);
        const bool own = same_statement(*p.result->record->statement, *statement_);
        return after >=
               (own || p.result->derived ? own_prospect_lookups_max : prospect_lookups_max);
    });
}

void lookup_series::choose_candidates(prospect& candidate) {
    stored_result& result = *candidate.result;
    const std::size_t width = result.record->rows.shape().columns().size();
    for (std::size_t key = 0; key < keys_; ++key) {
        if ((varying_ >> key & 1) == 0) continue;
        for (std::size_t c = 0; c < width; ++c) {
            if (!result.record->can_feed(c, kinds_[key])) continue;
            if (result.record->is_echo(result.index(single_column(c)))) continue;
            candidate.candidates[key] |= std::uint64_t{1} << c;
        }
    }
    candidate.known = true;
}

void lookup_series::look_at(prospect& candidate, series_context& context) {
    if (!candidate.known) choose_candidates(candidate);
    bool news = false;
    bool possible = true;
    const std::uint64_t first = std::max({candidate.from, candidate.seen, base_});
    candidate.seen = base_ + log_.size();
    for (std::size_t key = 0; key < keys_; ++key) {
        if ((varying_ >> key & 1) == 0) continue;
        std::uint64_t open = candidate.candidates[key] & ~candidate.found[key];
        for (; open != 0; open &= open - 1) {
            const auto column = static_cast<std::size_t>(std::countr_zero(open));
            const key_index& index = candidate.result->index(single_column(column));
            for (std::uint64_t n = first; n < candidate.seen; ++n) {
                if (index.find(log_[n - base_].keys[key]) == key_index::absent) continue;
                candidate.found[key] |= std::uint64_t{1} << column;
                news = true;
                break;
            }
        }
        possible = possible && candidate.found[key] != 0;
    }
    if (news && possible) follow_combinations(candidate, context);
}

// Every combination of columns of one row, first ones first.
void lookup_series::follow_combinations(const prospect& candidate, series_context& context) {
    std::vector<std::vector<std::uint16_t>> choices;  // per varying key
    for (std::size_t key = 0; key < keys_; ++key) {
        if ((varying_ >> key & 1) == 0) continue;
        choices.emplace_back();
        for (std::uint64_t bits = candidate.found[key]; bits != 0; bits &= bits - 1) {
            choices.back().push_back(static_cast<std::uint16_t>(std::countr_zero(bits)));
        }
    }
    std::vector<std::size_t> pick(choices.size(), 0);
    for (std::size_t tried = 0; tried < tuples_max; ++tried) {
        column_tuple columns;
        columns.size = static_cast<std::uint8_t>(choices.size());
        bool repeated = false;
        for (std::size_t i = 0; i < choices.size(); ++i) {
            columns.columns[i] = choices[i][pick[i]];
            for (std::size_t j = 0; j < i; ++j)
                repeated = repeated || columns.columns[j] == columns.columns[i];
        }
        if (!repeated) follow(candidate.result, columns, context);
        std::size_t i = 0;
        while (i < pick.size() && ++pick[i] == choices[i].size())
            pick[i++] = 0;
        if (i == pick.size()) break;
    }
}

// Starts to follow these columns of this result; earlier lookups that could see it leave touches.
void lookup_series::follow(const std::shared_ptr<stored_result>& result,
                           const column_tuple& columns, series_context& context) {
    const key_index& index = result->index(columns);
    key_source* source = nullptr;
    for (std::uint64_t n = base_; n < base_ + log_.size(); ++n) {
        lookup_record& lookup = log_[n - base_];
        if (lookup.event <= result->visible_from || lookup.settled) continue;
        const std::uint32_t place = index.find(key_hash(lookup));
        if (place == key_index::absent) continue;
        if (source == nullptr) {
            source = source_for(*result, columns, context);
            if (source == nullptr) return;
            for (const auto& feeding : source->results) {
                if (feeding.serial == result->serial) return;  // is followed already
            }
            if (source->results.size() >= results_per_source_max) return;
            feeding_result feeding;
            feeding.result = result;
            feeding.id = result->record->id;
            feeding.connection_id = result->record->connection_id;
            feeding.serial = result->serial;
            feeding.distinct = index.distinct();
            feeding.values = index.values();
            feeding.arrived = result->record->arrived;
            source->results.push_back(std::move(feeding));
            source->distinctive = index.distinctive();
        }
        if (source->touches.size() >= touches_max) break;
        source->touches.push_back(
            {n, static_cast<std::uint32_t>(source->results.size() - 1), place});
        source->touches_sorted = false;
        lookup.touched = true;
        result->touched = std::max(result->touched, lookup.start);
    }
}

key_source* lookup_series::source_for(const stored_result& result, const column_tuple& columns,
                                      series_context& context) {
    for (auto& source : sources_) {
        if (source->columns == columns &&
            same_statement(*source->statement, *result.record->statement)) {
            return source.get();
        }
    }
    auto source = std::make_unique<key_source>();
    source->statement = result.record->statement;
    source->columns = columns;
    const auto& described = result.record->rows.shape().columns();
    bool named = true;
    std::size_t i = 0;
    for (std::size_t key = 0; key < keys_; ++key) {
        if ((varying_ >> key & 1) == 0) continue;
        const result_column& column = described[columns.columns[i++]];
        const sql::key_comparison& comparison = statement_->keys[key];
        const named_column real = resolve_column(*source->statement, column.name);
        const key_relation relation = context.relation(column, comparison);
        if (relation == key_relation::unrelated) return nullptr;
        named = named && (relation == key_relation::related ||
                          names_agree(comparison.table, comparison.column, real));
        source->described.push_back(column);
        source->names.push_back(real.column.empty() ? column.name : real.column);
    }
    source->named = named;
    if (sources_.size() >= sources_max) {
        // The one with the least to show for itself makes room.
        auto least =
            std::min_element(sources_.begin(), sources_.end(), [](const auto& a, const auto& b) {
                return std::pair(a->proven, a->touches.size()) <
                       std::pair(b->proven, b->touches.size());
            });
        *least = std::move(source);
        return least->get();
    }
    sources_.push_back(std::move(source));
    return sources_.back().get();
}

void lookup_series::probe(lookup_record& lookup, std::uint64_t number) {
    const std::uint64_t hash = key_hash(lookup);
    for (auto& source : sources_) {
        for (std::size_t r = 0; r < source->results.size(); ++r) {
            feeding_result& feeding = source->results[r];
            if (feeding.asleep_from != 0 || !feeding.result->record) continue;
            ++feeding.probes;
            key_index& index = feeding.result->index(source->columns);
            feeding.distinct = index.distinct();
            feeding.values = index.values();
            const std::uint32_t place = index.find(hash);
            if (place == key_index::absent) {
                if (feeding.probes >= probes_before_sleep && feeding.hits * 8 < feeding.probes) {
                    feeding.asleep_from = number + 1;
                }
                continue;
            }
            ++feeding.hits;
            // An older page of a list must earn its place by being asked for in order.
            if (feeding.result->superseded_at == never) feeding.result->touched = lookup.start;
            lookup.touched = true;
            if (source->touches.size() < touches_max) {
                source->touches_sorted =
                    source->touches_sorted &&
                    (source->touches.empty() || source->touches.back().lookup <= number);
                source->touches.push_back({number, static_cast<std::uint32_t>(r), place});
            }
        }
    }
}

// Before judging: the lookups that sleeping results were not asked about.
void lookup_series::catch_up() {
    for (auto& source : sources_) {
        for (std::size_t r = 0; r < source->results.size(); ++r) {
            feeding_result& feeding = source->results[r];
            if (feeding.asleep_from == 0 || !feeding.result->record) continue;
            const key_index& index = feeding.result->index(source->columns);
            const std::uint64_t first = std::max(feeding.asleep_from, base_);
            feeding.asleep_from = base_ + log_.size();
            feeding.probes = feeding.hits = 0;
            for (std::uint64_t n = first; n < feeding.asleep_from; ++n) {
                lookup_record& lookup = log_[n - base_];
                const std::uint32_t place =
                    lookup.settled ? key_index::absent : index.find(key_hash(lookup));
                ++feeding.probes;
                if (place == key_index::absent || source->touches.size() >= touches_max) continue;
                ++feeding.hits;
                lookup.touched = true;
                feeding.result->touched = std::max(feeding.result->touched, lookup.start);
                source->touches.push_back({n, static_cast<std::uint32_t>(r), place});
                source->touches_sorted = false;
            }
            if (feeding.hits * 4 >= feeding.probes && feeding.hits > 0) feeding.asleep_from = 0;
        }
    }
}

}  // namespace pgfold::detect
