#include "analyzer/sql/query_scope.hpp"

#include <algorithm>

namespace pgfold::sql {

bool query_scope::is_cte(const PgQuery__RangeVar& range) const {
    if (range.schemaname != nullptr && range.schemaname[0] != 0) return false;
    const std::string_view name = range.relname != nullptr ? range.relname : "";
    return std::any_of(levels_.begin(), levels_.end(), [name](const scope_level& level) {
        return std::find(level.cte_names.begin(), level.cte_names.end(), name) !=
               level.cte_names.end();
    });
}

void query_scope::add_table(const PgQuery__RangeVar& range) {
    scope_item item;
    const std::string_view name = range.relname != nullptr ? range.relname : "";
    item.alias = range.alias != nullptr ? range.alias->aliasname : name;
    if (!is_cte(range)) {
        item.table = name;
        item.schema = range.schemaname != nullptr ? range.schemaname : "";
    }
    levels_.back().items.push_back(std::move(item));
}

void query_scope::add_from(const tree_node* node) {
    const auto add_alias = [this](const PgQuery__Alias* alias) {
        levels_.back().items.push_back({alias != nullptr ? alias->aliasname : "", "", ""});
    };
    node = unwrap(node);
    if (const auto* range = as<PgQuery__RangeVar>(node)) {
        add_table(*range);
    } else if (const auto* join = as<PgQuery__JoinExpr>(node)) {
        add_from(unwrap(join->larg));
        add_from(unwrap(join->rarg));
    } else if (const auto* sample = as<PgQuery__RangeTableSample>(node)) {
        add_from(unwrap(sample->relation));
    } else if (const auto* subquery = as<PgQuery__RangeSubselect>(node)) {
        add_alias(subquery->alias);
    } else if (const auto* function = as<PgQuery__RangeFunction>(node)) {
        add_alias(function->alias);
    } else if (const auto* table_function = as<PgQuery__RangeTableFunc>(node)) {
        add_alias(table_function->alias);
    }
}

const scope_item* query_scope::resolve(std::string_view schema, std::string_view qualifier) const {
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
        if (qualifier.empty()) {
            // A bare column could also belong to a query further out; with one item here, and
            // nothing known of its columns, that item is the best answer by far.
            if (level->items.size() == 1) return &level->items.front();
            if (!level->items.empty()) return nullptr;
            continue;
        }
        for (const scope_item& item : level->items) {
            if (item.alias == qualifier && (schema.empty() || item.schema == schema)) return &item;
        }
    }
    return nullptr;
}

}  // namespace pgfold::sql
