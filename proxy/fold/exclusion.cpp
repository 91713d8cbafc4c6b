#include "proxy/fold/exclusion.hpp"

#include <algorithm>

#include "analyzer/detect/glob.hpp"

namespace pgfold::fold {
namespace {

bool reads_table(const sql::statement_template& lookup, const std::string& pattern) {
    return std::any_of(lookup.tables_read.begin(), lookup.tables_read.end(), [&](const auto& t) {
        return detect::matches_glob(pattern, t.name) ||
               (!t.schema.empty() && detect::matches_glob(pattern, t.schema + "." + t.name));
    });
}

bool fits(const std::string& pattern, std::string_view text) {
    return pattern.empty() || detect::matches_glob(pattern, text);
}

}  // namespace

bool exclusion::matches(const sql::statement_template& lookup,
                        const detect::session_identity& who) const {
    return (table.empty() || reads_table(lookup, table)) &&
           (fingerprint.empty() || fingerprint == lookup.fingerprint_hex) && fits(role, who.user) &&
           fits(database, who.database) && fits(application_name, who.application_name);
}

std::string exclusion::to_string() const {
    std::string text;
    const auto add = [&](std::string_view key, const std::string& value) {
        if (value.empty()) return;
        if (!text.empty()) text += ", ";
        text.append(key).append(": ").append(value);
    };
    add("table", table);
    add("fingerprint", fingerprint);
    add("role", role);
    add("database", database);
    add("application_name", application_name);
    return "{" + text + "}";
}

const exclusion* find_exclusion(const std::vector<exclusion>& rules,
                                const sql::statement_template& lookup,
                                const detect::session_identity& who) {
    for (const exclusion& rule : rules)
        if (rule.matches(lookup, who)) return &rule;
    return nullptr;
}

}  // namespace pgfold::fold
