#include "analyzer/detect/loop_reporter.hpp"

#include <algorithm>

#include "analyzer/detect/repetition.hpp"

namespace pgfold::detect {
namespace {

constexpr std::size_t live_repetition_lookups = 1024;  // of an open window, before it is reported
constexpr std::size_t lookups_to_hand_over = 2;
constexpr std::size_t lookups_to_hand_over_in_lull = 8;

}  // namespace

std::size_t loop_reporter::lookups_min() const {
    return std::max<std::size_t>(state_.settings->min_lookups, 2);
}

void loop_reporter::join_pool() {
    pool_ = hub_->pool(state_.who);
    pool_->join();
    has_siblings_ = false;
}

void loop_reporter::leave_pool() {
    if (!pool_) return;
    publish(pool_->leave(*state_.settings, state_.now, attributes()));
    pool_.reset();
    has_siblings_ = false;
}

void loop_reporter::share(const std::shared_ptr<const result_record>& result) {
    if (pool_) pool_->publish(result, state_.settings->idle_gap);
}

void loop_reporter::expire_waiting(timestamp now) {
    if (pool_ && pool_->has_waiting()) {
        publish(pool_->expire(*state_.settings, now, attributes()));
    }
}

loop_origin loop_reporter::origin_of(const lookup_series& series) const {
    const session_identity& who = state_.who;
    return {series.statement(),
            who.database,
            who.user,
            who.application_name,
            series.owner.tag_comment,
            series.owner.example,
            series.owner.ignored};
}

void loop_reporter::publish(loop_report report) {
    hub_->publish(std::move(report));
}

void loop_reporter::publish(std::vector<loop_report> reports) {
    for (auto& report : reports)
        hub_->publish(std::move(report));
}

bool loop_reporter::settle(lookup_series& series, bool closing, series_context& context) {
    if (series.unsettled() == 0) return false;
    const bool was_proven = series.proven();
    const auto proofs = series.settle(closing, context);
    for (const auto& proof : proofs) {
        publish(report_proof(proof, origin_of(series), attributes()));
        if (proof.exact || !has_siblings_ || !pool_) continue;
        // The gaps may have been asked for elsewhere: these lookups help to explain those.
        std::vector<lookup_record> lookups;
        for (const auto& l : proof.lookups) {
            lookups.push_back(l.lookup);
            lookups.back().settled = true;
        }
        hand_over(series, std::move(lookups), false);
    }
    return !was_proven && series.proven();
}

bool loop_reporter::can_ask_siblings(const lookup_series& series) const {
    return has_siblings_ && pool_ && pool_->has_results() && series.has_keys();
}

void loop_reporter::ask_siblings(lookup_series& series) {
    if (series.unsettled() < lookups_to_hand_over_in_lull || !can_ask_siblings(series)) return;
    std::vector<lookup_record> lookups;
    for (lookup_record& lookup : series.log()) {
        if (lookup.settled || !lookup.finished) continue;
        lookups.push_back(lookup);
        series.mark_settled(lookup);
    }
    if (!lookups.empty()) hand_over(series, std::move(lookups), true);
}

void loop_reporter::hand_over(const lookup_series& series, std::vector<lookup_record> lookups,
                              bool suspected) {
    std::erase_if(lookups, [](const lookup_record& l) { return l.skipped; });
    if (lookups.empty()) return;
    sibling_pool::handed_run run;
    run.origin = origin_of(series);
    run.signature = series.signature();
    run.request = series.request();
    run.kinds.assign(series.kinds().begin(), series.kinds().end());
    run.lookups = std::move(lookups);
    run.suspected = suspected;
    publish(pool_->hand_over(std::move(run), *state_.settings, state_.now, attributes()));
}

void loop_reporter::report_window(lookup_series& series) {
    const detection_window& window = state_.window;
    std::vector<lookup_record*> open;
    for (lookup_record& lookup : series.log()) {
        if (!lookup.settled && !lookup.skipped && lookup.window == window.id)
            open.push_back(&lookup);
    }
    repetition_state& tally = series.owner.tally;
    if (tally.window != window.id) tally = {};
    if (open.size() + tally.totals.lookups < lookups_min()) return;
    std::vector<lookup_record> lookups;
    for (const lookup_record* lookup : open)
        lookups.push_back(*lookup);
    lookup_totals totals = total(lookups);
    totals.add(tally.totals);
    tally = {};
    const repetition_rules rules{state_.settings->min_lookups, state_.settings->suspected_min,
                                 window.transaction};
    const auto kind = classify_repetition(
        *series.statement(), totals,
        !series.varying_keys().empty() && !series.owner.other_arguments_vary, rules);
    const bool ask = can_ask_siblings(series) && lookups.size() >= lookups_to_hand_over &&
                     (!kind || *kind == finding_class::suspected);
    if (!ask && !kind) return;
    for (lookup_record* lookup : open)
        series.mark_settled(*lookup);
    if (ask) {
        hand_over(series, std::move(lookups), kind.has_value());
        return;
    }
    loop_report report = report_repetition(*kind, totals, origin_of(series), series.varying_keys());
    report.timeline = timeline_of(lookups);
    if (attributes()) attribute(report, lookups);
    publish(std::move(report));
}

void loop_reporter::retire(lookup_series& series, bool all) {
    std::vector<lookup_record> lookups = series.retire(all);
    std::erase_if(lookups, [](const lookup_record& l) { return l.skipped; });
    if (lookups.empty()) return;
    if (can_ask_siblings(series) && lookups.size() >= lookups_to_hand_over) {
        hand_over(series, std::move(lookups), !all);
        return;
    }
    if (all) return;
    const std::uint32_t window = state_.window.id;
    repetition_state& tally = series.owner.tally;
    if (tally.window != window) tally = {window, {}};
    std::erase_if(lookups, [&](const lookup_record& l) { return l.window != window; });
    tally.totals.add(total(lookups));
    if (tally.totals.lookups >= live_repetition_lookups) report_window(series);
}

}  // namespace pgfold::detect
