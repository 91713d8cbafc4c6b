#include "proxy/cache/cache_rules.hpp"

#include <algorithm>

#include "analyzer/detect/glob.hpp"
#include "proxy/cache/answer_key.hpp"

namespace pgfold::cache {
namespace {

bool fits(const std::string& pattern, std::string_view text) {
    return pattern.empty() || detect::matches_glob(pattern, text);
}

bool is_among(const sql::table_reference& table, const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return detect::matches_glob(pattern, table.name) ||
               (!table.schema.empty() &&
                detect::matches_glob(pattern, table.schema + "." + table.name));
    });
}

// A constant of a date's type stays in the normalized text: date 'today'.
bool text_names_the_time(const std::string& text) {
    if (text.find('\'') == std::string::npos) return false;
    const detect::argument whole{.bytes = text};
    return may_name_the_time({&whole, 1});
}

std::string objection(const sql::statement_template& statement,
                      const freshness::tracked_effects& effects,
                      const freshness::freshness_rules& rules) {
    if (!statement.cacheable.ok) return statement.cacheable.reason;
    if (!effects.is_plain_read) return "may write";
    if (effects.reads == nullptr)
        return effects.found.reads_reason.empty() ? "the catalog is not known yet"
                                                  : effects.found.reads_reason;
    if (rules.refuse_dependent && effects.found.row_security)
        return "reads a table with row-level security";
    if (rules.refuse_dependent && effects.found.session_dependent) return "depends on the session";
    if (text_names_the_time(statement.normalized_text)) return "depends on the time";
    return {};
}

}  // namespace

std::string cache_rule::to_string() const {
    std::string text;
    const auto add = [&](std::string_view key, const std::string& value) {
        if (value.empty()) return;
        if (!text.empty()) text += ", ";
        text.append(key).append(": ").append(value);
    };
    std::string all;
    for (const std::string& table : tables)
        all += (all.empty() ? "" : ", ") + table;
    add("tables", all.empty() ? all : "[" + all + "]");
    add("schema", schema);
    add("fingerprint", fingerprint);
    add("pattern", pattern);
    return text;
}

bool cache_rule::matches(const sql::statement_template& statement,
                         const freshness::tracked_effects& effects,
                         const catalog::catalog* known) const {
    if (!fingerprint.empty() && fingerprint != statement.fingerprint_hex) return false;
    if (!fits(pattern, statement.normalized_text)) return false;
    if (!tables.empty() &&
        !std::all_of(statement.tables_read.begin(), statement.tables_read.end(),
                     [this](const auto& table) { return is_among(table, tables); }))
        return false;
    if (schema.empty()) return true;
    return known != nullptr && std::all_of(effects.found.reads.begin(), effects.found.reads.end(),
                                           [&](catalog::oid id) {
                                               const auto* r = known->find(id);
                                               return r != nullptr &&
                                                      fits(schema, known->schema_name(r->schema));
                                           });
}

cache_choice choose(const cache_settings& settings, const sql::statement_template& statement,
                    const freshness::tracked_effects_ptr& effects, const catalog::catalog* known,
                    const freshness::freshness_rules& rules) {
    cache_choice choice;
    choice.effects = effects;
    choice.reason = objection(statement, *effects, rules);
    if (!choice.reason.empty()) return choice;
    choice.entry_bytes_max = settings.entry_bytes_max;
    for (const cache_rule& rule : settings.rules) {
        if (!rule.matches(statement, *effects, known)) continue;
        choice.rule = &rule;
        choice.age_max = rule.age_max;
        if (rule.entry_bytes_max != 0)
            choice.entry_bytes_max = std::min(rule.entry_bytes_max, settings.entry_bytes_max);
        return choice;
    }
    if (settings.automatic)
        choice.age_max = settings.automatic_age_max;
    else
        choice.reason = "no rule names it";
    return choice;
}

}  // namespace pgfold::cache
