#include "analyzer/detect/lookup_series.hpp"

#include <algorithm>

namespace pgfold::detect {
namespace {

constexpr std::size_t newest_kept = 8;
constexpr std::size_t live_settle_lookups = 16;

}  // namespace

lookup_series::lookup_series(sql::template_ptr statement, std::uint64_t signature,
                             std::uint64_t request)
    : statement_(std::move(statement)),
      signature_(signature),
      request_(request),
      keys_(static_cast<std::uint8_t>(std::min(statement_->keys.size(), result_record::keys_max))) {
}

void lookup_series::note_kinds(std::span<const value_kind> kinds) {
    for (std::size_t i = 0; i < keys_ && i < kinds.size(); ++i) {
        if (kinds[i] != value_kind::null) kinds_[i] = kinds[i];
    }
}

// True when a key that was constant so far has changed.
bool lookup_series::note_variation(const lookup_record& lookup) {
    if (base_ == 1 && log_.empty()) {
        first_keys_ = lookup.keys;
        return false;
    }
    std::uint8_t varying = varying_;
    for (std::size_t i = 0; i < keys_; ++i) {
        if (lookup.keys[i] != first_keys_[i]) varying |= static_cast<std::uint8_t>(1U << i);
    }
    return std::exchange(varying_, varying) != varying;
}

std::uint64_t lookup_series::key_hash(const lookup_record& lookup) const {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < keys_; ++i) {
        if ((varying_ >> i & 1) == 0) continue;
        if (lookup.keys[i] == 0) return 0;
        hash = hash == 0 ? lookup.keys[i] : combine_hashes(hash, lookup.keys[i]);
    }
    return hash;
}

std::vector<std::uint8_t> lookup_series::varying_keys() const {
    std::vector<std::uint8_t> keys;
    for (std::uint8_t i = 0; i < keys_; ++i) {
        if ((varying_ >> i & 1) != 0) keys.push_back(i);
    }
    return keys;
}

lookup_record* lookup_series::find(std::uint64_t number) {
    if (number < base_ || number - base_ >= log_.size()) return nullptr;
    return &log_[number - base_];
}

bool lookup_series::was_touched(execution_id id) const {
    for (auto it = log_.rbegin(); it != log_.rend(); ++it) {
        if (it->id == id) return it->touched;
    }
    return false;
}

std::uint64_t lookup_series::add(const lookup_record& lookup, std::span<const value_kind> kinds,
                                 series_context& context) {
    const bool changed = note_variation(lookup);
    const std::uint64_t number = base_ + log_.size();
    log_.push_back(lookup);
    ++unsettled_;
    if (keys_ == 0) return number;
    note_kinds(kinds);
    const result_window& window = context.results();
    if (window.empty() && sources_.empty()) return number;
    if (window.newest_serial() != serial_seen_) find_prospects(window);
    if (varying_ == 0) return number;
    if (changed) {
        rebuild(context);
    } else {
        probe(log_.back(), number);
        if (!prospects_.empty()) look_at_prospects(false, context);
    }
    return number;
}

void lookup_series::forget_settled_touches() {
    if (log_.empty() || unsettled_ == log_.size()) return;
    for (auto& source : sources_) {
        std::erase_if(source->touches, [&](const touch& t) {
            return t.lookup < base_ || log_[t.lookup - base_].settled;
        });
    }
}

parent_role lookup_series::role_of(const key_source& source, const series_context& context) const {
    if (same_statement(*source.statement, *statement_)) return parent_role::self;
    return context.is_proven_loop(*source.statement) ? parent_role::loop : parent_role::plain;
}

// Judging costs more than probing: a proven loop is taken in by the dozen, a hopeless series is
// looked at ever less often.
std::size_t lookup_series::next_check() const {
    const std::size_t step = std::clamp<std::size_t>(unsettled_, 0, 64);
    return std::max(unsettled_ + step, proven_ ? live_settle_lookups : 0);
}

std::size_t lookup_series::log_limit() const {
    return sources_.empty() && prospects_.empty() ? log_without_results_max : log_max;
}

bool lookup_series::log_full() const {
    return log_.size() >= std::max(log_limit(), full_at_);
}

bool lookup_series::wants_settling(const series_context& context) const {
    return !(sources_.empty() && prospects_.empty()) && varying_ != 0 &&
           unsettled_ >= std::max<std::size_t>(check_at_, context.rules().rows_min);
}

std::vector<loop_proof> lookup_series::settle(bool closing, series_context& context) {
    std::vector<loop_proof> proofs;
    if (varying_ == 0) return proofs;
    if (!prospects_.empty()) look_at_prospects(true, context);
    if (sources_.empty()) return proofs;
    forget_settled_touches();
    catch_up();
    // Answers still under way have no duration yet: leave them, and all after them, for later.
    std::size_t end = log_.size();
    if (!closing) {
        for (std::size_t i = 0; i < log_.size(); ++i) {
            if (!log_[i].finished) {
                end = i;
                break;
            }
        }
    }
    const std::span<const lookup_record> lookups(log_.data(), end);
    for (int round = 0; round < 8; ++round) {
        key_source* best = nullptr;
        judgement best_verdict;
        parent_role best_role = parent_role::plain;
        double best_score = 0;
        std::uint64_t best_serial = 0;
        for (auto& source : sources_) {
            if (source->touches.size() < context.rules().rows_min && !source->proven) continue;
            const parent_role role = role_of(*source, context);
            judgement verdict = judge(*source, lookups, base_, role, context.rules());
            if (!verdict.accepted) continue;
            const double score = verdict.score(*source);
            const std::uint64_t serial = source->results[verdict.assignments.back().result].serial;
            if (best != nullptr && std::pair(score, serial) <= std::pair(best_score, best_serial))
                continue;
            best = source.get();
            best_verdict = std::move(verdict);
            best_role = role;
            best_score = score;
            best_serial = serial;
        }
        if (best == nullptr) break;
        proofs.push_back(commit(*best, best_verdict, best_role));
    }
    settle_rest(proofs, end, context);
    trim();
    check_at_ = next_check();
    return proofs;
}

// A tree's roots come from a result of their own, often of fewer rows than prove a loop. Once the
// tree is proven, the same column of another result may explain the rest.
void lookup_series::settle_rest(std::vector<loop_proof>& proofs, std::size_t end,
                                series_context& context) {
    if (!proven_ || unsettled_ == 0) return;
    proof_rules relaxed = context.rules();
    relaxed.rows_min = 2;
    relaxed.exact_share_min = relaxed.exact_share_named_min = 1;
    const std::span<const lookup_record> lookups(log_.data(), end);
    for (auto& source : sources_) {
        if (role_of(*source, context) != parent_role::plain) continue;
        const bool same_column =
            std::any_of(sources_.begin(), sources_.end(), [&](const auto& other) {
                return other != source && other->proven &&
                       same_statement(*other->statement, *statement_) &&
                       std::equal(other->described.begin(), other->described.end(),
                                  source->described.begin(), source->described.end(),
                                  [](const result_column& a, const result_column& b) {
                                      return a.table_oid != 0 && a.table_oid == b.table_oid &&
                                             a.attribute == b.attribute;
                                  });
            });
        if (!same_column) continue;
        judgement verdict = judge(*source, lookups, base_, parent_role::plain, relaxed);
        if (!verdict.accepted) continue;
        proofs.push_back(commit(*source, verdict, parent_role::plain));
        proofs.back().runs = 0;
    }
}

loop_proof lookup_series::commit(key_source& source, judgement& verdict, parent_role role) {
    loop_proof proof;
    proof.parent = source.statement;
    proof.columns = source.described;
    proof.positions = source.columns;
    proof.column_names = source.names;
    proof.keys = varying_keys();
    proof.distinct = verdict.fed;
    proof.exact = verdict.cost == 0;
    proof.lookups.reserve(verdict.assignments.size());
    proof.parent_arrived = source.results[verdict.assignments.front().result].arrived;
    for (const assignment& a : verdict.assignments) {
        lookup_record& lookup = log_[a.lookup - base_];
        const feeding_result& feeding = source.results[a.result];
        proof.lookups.push_back({lookup, feeding.id, feeding.connection_id});
        feeding.result->touched = std::max(feeding.result->touched, lookup.start);
        mark_settled(lookup);
    }
    if (role != parent_role::plain) {
        proof.runs = source.proven ? 0 : 1;
    }
    for (std::size_t r = 0; r < source.results.size(); ++r) {
        feeding_result& feeding = source.results[r];
        feeding.progress = std::move(verdict.progress[r]);
        if (role == parent_role::plain && !feeding.counted_as_run && feeding.progress.fed > 0 &&
            std::any_of(verdict.assignments.begin(), verdict.assignments.end(),
                        [&](const assignment& a) { return a.result == r; })) {
            feeding.counted_as_run = true;
            ++proof.runs;
        }
    }
    source.proven = true;
    source.order = verdict.order;
    proven_ = true;
    return proof;
}

void lookup_series::mark_settled(lookup_record& lookup) {
    if (lookup.settled) return;
    lookup.settled = true;
    --unsettled_;
}

// The oldest lookups leave the log, and with them results that are gone and feed nothing open.
void lookup_series::drop_front(std::size_t count) {
    base_ += count;
    log_.erase(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(count));
    for (auto& source : sources_) {
        std::erase_if(source->touches, [&](const touch& t) { return t.lookup < base_; });
        // Results that were evicted and fed nothing that is still open are of no more use.
        std::vector<std::uint32_t> moved(source->results.size());
        std::uint32_t kept = 0;
        for (std::uint32_t r = 0; r < source->results.size(); ++r) {
            feeding_result& feeding = source->results[r];
            const bool open = std::any_of(source->touches.begin(), source->touches.end(),
                                          [&](const touch& t) { return t.result == r; });
            moved[r] = kept;
            if (!feeding.result->record && !open) continue;
            if (kept != r) source->results[kept] = std::move(feeding);
            ++kept;
        }
        source->results.resize(kept);
        for (touch& t : source->touches)
            t.result = moved[t.result];
    }
    std::erase_if(sources_, [](const auto& source) { return source->results.empty(); });
}

// Lookups at the front that belong to reported loops are of no more use, but for the newest, which
// answers under way still refer to.
void lookup_series::trim() {
    std::size_t settled = 0;
    while (settled < log_.size() && log_[settled].settled && log_[settled].finished)
        ++settled;
    if (settled >= 2 * newest_kept) drop_front(settled - newest_kept);
}

std::vector<lookup_record> lookup_series::retire(bool all) {
    std::vector<lookup_record> unexplained;
    std::size_t keep = all ? 0 : std::min<std::size_t>(unsettled_, log_max / 2);
    if (!all && sources_.empty() && prospects_.empty()) keep = 0;
    std::size_t drop = unsettled_ - keep;
    // A few that nothing explains must not keep all that are settled behind them.
    const std::size_t outdated =
        log_.size() >= log_entries_max ? log_.size() - log_entries_max / 2 : 0;
    std::size_t end = 0;
    for (; end < log_.size(); ++end) {
        const lookup_record& lookup = log_[end];
        if (lookup.settled) continue;
        if (!all && !lookup.finished) break;
        if (drop == 0 && end >= outdated) break;
        if (drop > 0) --drop;
        --unsettled_;
        unexplained.push_back(lookup);
    }
    drop_front(end);
    // Where little could be dropped it is not tried again for each lookup.
    full_at_ = log_.size() + log_limit() / 2;
    for (auto& p : prospects_)
        p.from = std::max(p.from, base_);
    check_at_ = next_check();
    return unexplained;
}

}  // namespace pgfold::detect
