#include "proxy/cache/result_cache.hpp"

#include <algorithm>

namespace pgfold::cache {

std::string_view to_string(invalidation reason) {
    switch (reason) {
        case invalidation::write:
            return "write";
        case invalidation::age:
            return "age";
        case invalidation::flush:
            return "flush";
        case invalidation::count_:
            break;
    }
    return "";
}

rule_totals& result_cache::totals_of(const std::string& rule) {
    const std::lock_guard lock(mutex_);
    return rules_[rule];
}

void result_cache::visit_rules(
    const std::function<void(const std::string&, const rule_totals&)>& look) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, counted] : rules_)
        look(name, counted);
}

void result_cache::note_choice(const sql::statement_template& statement,
                               const cache_choice& choice) {
    const std::lock_guard lock(mutex_);
    if (choice.is_kept()) {
        refusals_.erase(statement.normalized_text);
    } else if (refusals_.size() < refusals_max || refusals_.contains(statement.normalized_text)) {
        refusals_[statement.normalized_text] = {statement.fingerprint_hex,
                                                statement.normalized_text, choice.reason};
    }
}

std::vector<result_cache::refusal> result_cache::refusals() const {
    const std::lock_guard lock(mutex_);
    std::vector<refusal> all;
    for (const auto& [text, one] : refusals_)
        all.push_back(one);
    return all;
}

std::string result_cache::isolation_of(const sql::hash128& settings) const {
    const std::lock_guard lock(mutex_);
    const auto found = isolation_.find(settings);
    return found == isolation_.end() ? std::string() : found->second;
}

void result_cache::note_isolation(const sql::hash128& settings, std::string level) {
    constexpr std::size_t settings_max = 10'000;
    const std::lock_guard lock(mutex_);
    if (isolation_.size() >= settings_max) isolation_.clear();
    isolation_[settings] = std::move(level);
}

std::size_t result_cache::flush(std::string_view table, std::string_view fingerprint) {
    ++flushes_;
    const std::size_t count = store.remove_if([&](const cached_answer& answer) {
        const sql::statement_template& statement = *answer.origin().statement;
        if (!fingerprint.empty() && statement.fingerprint_hex != fingerprint) return false;
        return table.empty() ||
               std::any_of(statement.tables_read.begin(), statement.tables_read.end(),
                           [&](const sql::table_reference& t) {
                               return t.name == table || t.schema + "." + t.name == table;
                           });
    });
    totals.invalidations[static_cast<std::size_t>(invalidation::flush)] += count;
    return count;
}

}  // namespace pgfold::cache
