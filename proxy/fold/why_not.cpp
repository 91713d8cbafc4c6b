#include "proxy/fold/why_not.hpp"

#include "analyzer/detect/result_window.hpp"
#include "proxy/fold/batch/key_value.hpp"
#include "proxy/freshness/known_effects.hpp"

namespace pgfold::fold {
namespace {

std::string counted(std::uint64_t n, const std::string& noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace

std::string why_sat_out(const association::score& score) {
    if (score.sitting_out == 0) return {};
    std::string text = "did not pay lately: in all, clients asked for " +
                       std::to_string(score.keys_used) + " of " +
                       counted(score.keys_fetched, "key") + " fetched ahead";
    if (score.failures > 0)
        text += ", and " + std::to_string(score.failures) + " of " + std::to_string(score.batches) +
                (score.batches == 1 ? " batch" : " batches") + " failed";
    return text + ". It is left alone for " + counted(score.sitting_out, "more loop") +
           ", then tried again";
}

namespace {

// Of a statement in a finding of that class, whatever the statement is.
std::string by_class(detect::finding_class kind) {
    switch (kind) {
        case detect::finding_class::n_plus_one:
            return {};
        case detect::finding_class::suspected:
            return "where its keys come from is not known, so the next ones cannot be foreseen";
        case detect::finding_class::duplicate:
            return "asks for one thing again and again: there is nothing to fetch ahead";
        case detect::finding_class::write_loop:
            return "writes";
    }
    return {};
}

// Where the writes of others are followed (freshness.out_of_band: cdc).
std::string by_outside_writers(const freshness::database_versions& database,
                               const std::vector<catalog::oid>& tables) {
    const freshness::outside_writers* outside = database.outside();
    if (outside == nullptr) return {};
    const auto status = outside->current();
    if (status.state == freshness::stream_state::closed)
        return "what others write is not followed just now: " + status.reason;
    for (const catalog::oid table : tables)
        if (!outside->covers(table))
            return "what others write into a table that it reads is not followed: the table is not "
                   "in the publication, or was not when somebody began to write it";
    return {};
}

std::string by_freshness(const detect::finding& found, freshness::table_versions& versions) {
    const auto database = versions.database(found.database);
    const auto known = database->catalog().current().known;
    if (known == nullptr)
        return "which tables it reads is not known yet: the catalog has not been read";
    freshness::known_effects effects(16);
    const auto& tracked = effects.of(database, *found.statement);
    if (tracked->reads) return by_outside_writers(*database, tracked->found.reads);
    return "nobody can tell when its answer changes: it " + tracked->found.reads_reason;
}

std::string by_score(const detect::finding& found, const association_table& associations) {
    for (const auto& known : associations.of_child(found.database, *found.statement))
        if (!found.parent.statement ||
            detect::same_statement(*known->parent(), *found.parent.statement))
            if (auto reason = why_sat_out(known->current_score()); !reason.empty()) return reason;
    return {};
}

}  // namespace

std::string why_not_folded(const detect::finding& found, const fold_settings& settings,
                           const association_table& associations,
                           freshness::table_versions& versions) {
    if (!found.not_folded_because.empty() || !found.statement) return found.not_folded_because;
    if (settings.mode == fold_mode::off) return "batch.mode is off";
    if (auto reason = by_class(found.kind); !reason.empty()) return reason;
    detect::session_identity who;
    who.database = found.database;
    who.user = found.user;
    who.application_name = found.application_name;
    if (const exclusion* rule = find_exclusion(settings.exclude, *found.statement, who))
        return "batch.exclude has " + rule->to_string();
    for (const std::uint32_t type : found.key_types)
        if (!is_key_type(type))
            return "its keys are of a type (OID " + std::to_string(type) +
                   ") of which one value has many spellings; integers, uuid and text are followed";
    if (found.example.find("pgfold:off") != std::string::npos)
        return "marked pgfold:off in the statement";
    if (settings.mode == fold_mode::observe)
        return "batch.mode is observe: what folding would save is counted, nothing is fetched";
    if (auto reason = by_freshness(found, versions); !reason.empty()) return reason;
    return by_score(found, associations);
}

}  // namespace pgfold::fold
