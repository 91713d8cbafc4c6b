#include "analyzer/detect/suppression.hpp"

#include <algorithm>

#include "analyzer/detect/glob.hpp"

namespace pgfold::detect {
namespace {

std::string_view tag_value(const sql::tag_list& tags, std::string_view name) {
    for (const auto& [key, value] : tags) {
        if (key == name) return value;
    }
    return {};
}

bool matches_tag(const std::string& rule, const sql::tag_list& tags) {
    const auto equals = rule.find('=');
    const std::string_view key = std::string_view(rule).substr(0, equals);
    return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) {
        return tag.first == key && (equals == std::string::npos ||
                                    tag.second == std::string_view(rule).substr(equals + 1));
    });
}

bool matches_table(const std::string& pattern, const sql::statement_template& statement) {
    const auto matches = [&](const sql::table_reference& table) {
        return matches_glob(pattern, table.name) ||
               (!table.schema.empty() && matches_glob(pattern, table.schema + "." + table.name));
    };
    return std::any_of(statement.tables_read.begin(), statement.tables_read.end(), matches) ||
           std::any_of(statement.tables_written.begin(), statement.tables_written.end(), matches);
}

bool matches(const suppression& rule, const finding& f) {
    if (rule.fingerprint.empty() && rule.table.empty() && rule.route.empty() && rule.tag.empty() &&
        rule.class_name.empty()) {
        return false;  // a rule without conditions is a mistake, not a wish for silence
    }
    return (rule.class_name.empty() || rule.class_name == to_string(f.kind)) &&
           (rule.fingerprint.empty() || rule.fingerprint == f.statement->fingerprint_hex) &&
           (rule.table.empty() || matches_table(rule.table, *f.statement)) &&
           (rule.route.empty() || matches_glob(rule.route, route_of(f.tags))) &&
           (rule.tag.empty() || matches_tag(rule.tag, f.tags));
}

}  // namespace

std::string suppression_reason(const std::vector<suppression>& rules, const finding& f) {
    for (const auto& rule : rules) {
        if (matches(rule, f))
            return rule.reason.empty() ? "suppressed by configuration" : rule.reason;
    }
    return {};
}

std::string route_of(const sql::tag_list& tags) {
    if (const auto route = tag_value(tags, "route"); !route.empty()) return std::string(route);
    const auto controller = tag_value(tags, "controller");
    const auto action = tag_value(tags, "action");
    if (!controller.empty())
        return std::string(controller) + (action.empty() ? "" : "#" + std::string(action));
    return std::string(action);
}

}  // namespace pgfold::detect
