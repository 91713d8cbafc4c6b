#include "analyzer/catalog/catalog_foreign_keys.hpp"

#include <algorithm>

namespace pgfold::catalog {
namespace {

using detect::key_relation;

struct place {
    oid table = 0;
    std::int16_t column = 0;
    friend bool operator==(const place&, const place&) = default;
};

// Where the foreign keys of a column lead in the end. One column may have several keys, and keys
// may go in circles.
struct roots {
    static constexpr std::size_t places_max = 32;
    std::vector<place> all;   // on the way, the column itself too
    std::vector<place> ends;  // without a key of their own
    bool tied = false;        // a key leads from or to the column
    bool complete = true;
};

bool refers_to(const catalog& known, const relation& r, std::int16_t column) {
    return std::any_of(r.referenced_by.begin(), r.referenced_by.end(), [&](std::uint32_t key) {
        const auto& columns = known.foreign_keys()[key].to_columns;
        return std::find(columns.begin(), columns.end(), column) != columns.end();
    });
}

roots roots_of(const catalog& known, place from) {
    roots result;
    result.all.push_back(from);
    for (std::size_t i = 0; i < result.all.size(); ++i) {
        const place at = result.all[i];
        const relation* r = known.find(at.table);
        if (r == nullptr) {
            result.complete = false;
            continue;
        }
        bool leads_on = false;
        for (const std::uint32_t number : r->references) {
            const foreign_key& key = known.foreign_keys()[number];
            for (std::size_t k = 0; k < key.from_columns.size(); ++k) {
                if (key.from_columns[k] != at.column) continue;
                leads_on = true;
                const place to{key.to, key.to_columns[k]};
                if (std::find(result.all.begin(), result.all.end(), to) != result.all.end())
                    continue;
                if (result.all.size() == roots::places_max)
                    result.complete = false;
                else
                    result.all.push_back(to);
            }
        }
        if (!leads_on) result.ends.push_back(at);
        if (i == 0) result.tied = leads_on || refers_to(known, *r, at.column);
    }
    return result;
}

key_relation compare(const catalog& known, place parent, place child) {
    if (parent == child) return key_relation::related;
    const roots of_parent = roots_of(known, parent);
    const roots of_child = roots_of(known, child);
    const bool meet = std::any_of(of_parent.all.begin(), of_parent.all.end(), [&](place p) {
        return std::find(of_child.all.begin(), of_child.all.end(), p) != of_child.all.end();
    });
    if (meet) return key_relation::related;
    // Views and inherited tables have no keys of their own.
    const bool certain = of_parent.complete && of_child.complete && of_parent.tied && of_child.tied;
    return certain ? key_relation::unrelated : key_relation::unknown;
}

}  // namespace

key_relation relation_of(const catalog& known, oid parent_table, std::int16_t parent_attribute,
                         const sql::key_comparison& child) {
    if (known.find(parent_table) == nullptr || child.table.empty()) return key_relation::unknown;
    const place parent{parent_table, parent_attribute};
    bool unrelated = false;
    for (const relation* r : known.resolve(child.schema, child.table, nullptr)) {
        const column* c = r->find_column(child.column);
        if (c == nullptr) continue;
        switch (compare(known, parent, {r->id, c->number})) {
            case key_relation::related:
                return key_relation::related;
            case key_relation::unknown:
                return key_relation::unknown;
            case key_relation::unrelated:
                unrelated = true;
                break;
        }
    }
    return unrelated ? key_relation::unrelated : key_relation::unknown;
}

key_relation catalog_foreign_keys::relation(std::string_view database,
                                            std::uint32_t parent_table_oid,
                                            std::int16_t parent_attribute,
                                            const sql::key_comparison& child) const {
    const auto found = databases_->find(database);
    if (found == nullptr) return key_relation::unknown;
    const catalog_ptr known = found->current().known;
    if (known == nullptr) return key_relation::unknown;
    return relation_of(*known, parent_table_oid, parent_attribute, child);
}

}  // namespace pgfold::catalog
