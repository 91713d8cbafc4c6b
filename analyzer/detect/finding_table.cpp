#include "analyzer/detect/finding_table.hpp"

#include <algorithm>

#include "analyzer/detect/request_tag.hpp"
#include "analyzer/detect/suppression.hpp"

namespace pgfold::detect {
namespace {

double milliseconds(std::chrono::nanoseconds t) {
    return static_cast<double>(t.count()) / 1e6;
}

// Findings of other routes, and of other tests, are other findings.
std::string origin_of(const sql::tag_list& tags) {
    std::string origin = route_of(tags);
    for (const auto& [name, value] : tags)
        if (name == session_tag_key) origin += '\0' + value;
    return origin;
}

}  // namespace

std::string_view to_string(finding_class c) {
    switch (c) {
        case finding_class::n_plus_one:
            return "n_plus_one";
        case finding_class::suspected:
            return "suspected";
        case finding_class::duplicate:
            return "duplicate";
        case finding_class::write_loop:
            return "write_loop";
    }
    return "";
}

std::optional<finding_class> parse_finding_class(std::string_view name) {
    for (const finding_class c : {finding_class::n_plus_one, finding_class::suspected,
                                  finding_class::duplicate, finding_class::write_loop}) {
        if (to_string(c) == name) return c;
    }
    return std::nullopt;
}

std::size_t finding_table::key_hash::operator()(const key& k) const noexcept {
    std::uint64_t hash = combine_hashes(k.child_low, k.parent_low);
    hash = combine_hashes(hash, static_cast<std::uint64_t>(k.kind));
    hash = combine_hashes(hash, std::hash<std::string>{}(k.database));
    return combine_hashes(hash, std::hash<std::string>{}(k.route));
}

finding_table::key finding_table::key_of(finding_class kind, const sql::statement_template& child,
                                         const sql::statement_template* parent,
                                         const std::string& database, const std::string& route) {
    return {kind,
            child.hash_low,
            child.hash_high,
            parent ? parent->hash_low : 0,
            parent ? parent->hash_high : 0,
            database,
            route};
}

// A loop is reported in parts, as soon as it is proven: what is reported without a new run
// continues the picture of the latest.
void continue_timeline(loop_timeline& known, const loop_report& report) {
    const loop_timeline& part = report.timeline;
    if (part.lookups.empty()) return;
    if (report.runs > 0 || known.lookups.empty()) {
        known = part;
        return;
    }
    if (part.lookups.front().start < known.lookups.back().start) return;  // of another loop
    known.total += part.total;
    known.end = std::max(known.end, part.end);
    for (const auto& lookup : part.lookups) {
        if (known.lookups.size() == loop_timeline::lookups_max) break;
        known.lookups.push_back(lookup);
    }
}

// Findings that nobody is alerted about go first, those longest unseen before others.
bool finding_table::make_room(std::size_t findings_max) {
    if (entries_.size() < findings_max) return true;
    auto oldest = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
        const bool quiet = it->second.found.kind == finding_class::suspected ||
                           it->second.found.kind == finding_class::duplicate;
        if (quiet && (oldest == entries_.end() ||
                      it->second.found.last_seen < oldest->second.found.last_seen))
            oldest = it;
    }
    if (oldest == entries_.end()) return false;
    entries_.erase(oldest);
    return true;
}

std::optional<finding> finding_table::add(const loop_report& report,
                                          const detector_settings& settings) {
    const loop_origin& origin = report.origin;
    sql::tag_list tags;
    if (!origin.tag_comment.empty()) tags = sql::parse_tags(origin.tag_comment);
    const key k = key_of(report.kind, *origin.statement, report.parent.get(), origin.database,
                         origin_of(tags));

    const std::lock_guard lock(mutex_);
    auto it = entries_.find(k);
    const bool created = it == entries_.end();
    if (created) {
        if (!make_room(settings.findings_max)) return std::nullopt;
        it = entries_.try_emplace(k).first;
        finding& f = it->second.found;
        f.kind = report.kind;
        f.statement = origin.statement;
        f.key_columns = report.key_columns;
        f.key_types = report.key_types;
        f.parent = {report.parent, report.parent_columns};
        f.database = origin.database;
        f.user = origin.user;
        f.application_name = origin.application_name;
        f.tags = std::move(tags);
        f.first_seen = report.first;
        f.example = origin.example;
        if (!f.statement->foldable.ok) f.not_folded_because = f.statement->foldable.reason;
        f.suppressed_because = origin.ignored ? "marked pgfold:ignore in the statement"
                                              : suppression_reason(settings.suppressions, f);
        if (f.suppressed_because.empty()) ++totals_.findings[static_cast<std::size_t>(f.kind)];
    }
    entry& e = it->second;
    finding& f = e.found;
    f.runs += report.runs;
    f.lookups += report.lookups;
    f.distinct_arguments += report.distinct;
    f.rows += report.rows;
    f.round_trips_avoidable += report.avoidable;
    f.folded += report.folded;
    f.round_trips_saved += report.folded;
    f.last_seen = std::max(f.last_seen, report.last);
    continue_timeline(f.timeline, report);
    e.duration += report.duration;
    e.elapsed += report.elapsed;
    f.total_ms = milliseconds(e.duration);
    f.window_share =
        e.elapsed.count() > 0 ? std::min(1.0, f.total_ms / milliseconds(e.elapsed)) : 0;
    if (report.kind == finding_class::n_plus_one) totals_.n_plus_one_lookups += report.lookups;
    return created ? std::optional(f) : std::nullopt;
}

void finding_table::advise(const finding& f, const suggestion& advice) {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(
        key_of(f.kind, *f.statement, f.parent.statement.get(), f.database, origin_of(f.tags)));
    if (it != entries_.end()) it->second.found.advice = advice;
}

std::vector<finding> finding_table::snapshot() const {
    std::vector<finding> all;
    {
        const std::lock_guard lock(mutex_);
        all.reserve(entries_.size());
        for (const auto& [k, e] : entries_)
            all.push_back(e.found);
    }
    std::sort(all.begin(), all.end(), [](const finding& a, const finding& b) {
        return a.total_ms != b.total_ms ? a.total_ms > b.total_ms
                                        : a.statement->fingerprint < b.statement->fingerprint;
    });
    return all;
}

detector_hub::totals finding_table::counts() const {
    const std::lock_guard lock(mutex_);
    return totals_;
}

void finding_table::clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
}

}  // namespace pgfold::detect
