#include "analyzer/catalog/write_closure.hpp"

#include <algorithm>
#include <utility>

#include "analyzer/catalog/function_check.hpp"

namespace pgfold::catalog {
namespace {

bool fires(const trigger& t, const table_change& change) {
    return (t.on_insert && change.inserts) || (t.on_update && change.updates) ||
           (t.on_delete && change.deletes) || (t.on_truncate && change.truncates);
}

std::vector<std::string> names_of(const relation* r, const std::vector<std::int16_t>& numbers) {
    std::vector<std::string> names;
    for (const std::int16_t number : numbers) {
        const column* c = r != nullptr ? r->find_column(number) : nullptr;
        if (c != nullptr) names.push_back(c->name);
    }
    return names;
}

bool touches(const table_change& change, const relation& r,
             const std::vector<std::int16_t>& numbers) {
    if (change.any_column) return true;
    const std::vector<std::string> names = names_of(&r, numbers);
    if (names.size() != numbers.size()) return true;
    return std::any_of(names.begin(), names.end(), [&change](const std::string& name) {
        return std::find(change.columns.begin(), change.columns.end(), name) !=
               change.columns.end();
    });
}

}  // namespace

table_change table_change::anything() {
    table_change change;
    change.inserts = change.updates = change.deletes = change.any_column = true;
    return change;
}

bool table_change::merge(const table_change& other) {
    bool grew = false;
    const auto add = [&grew](bool& flag, bool more) {
        grew |= more && !flag;
        flag |= more;
    };
    add(inserts, other.inserts);
    add(updates, other.updates);
    add(deletes, other.deletes);
    add(truncates, other.truncates);
    add(any_column, other.any_column);
    for (const std::string& name : other.columns) {
        if (std::find(columns.begin(), columns.end(), name) != columns.end()) continue;
        columns.push_back(name);
        grew = true;
    }
    return grew;
}

void write_closure::add(const relation& r, const table_change& change) {
    schedule(r.id, change);
    while (!waiting_.empty()) {
        const oid id = waiting_.back();
        waiting_.pop_back();
        if (const relation* next = known_.find(id))
            visit(*next, changes_[id]);
        else
            notes_.writes_everything("writes a table that is not in the catalog");
    }
}

std::vector<oid> write_closure::take_tables() {
    std::sort(tables_.begin(), tables_.end());
    tables_.erase(std::unique(tables_.begin(), tables_.end()), tables_.end());
    return std::exchange(tables_, {});
}

void write_closure::schedule(oid id, const table_change& change) {
    if (changes_.size() >= tables_max && !changes_.contains(id))
        return notes_.writes_everything("writes too many tables");
    if (changes_[id].merge(change)) waiting_.push_back(id);
}

void write_closure::visit(const relation& r, table_change change) {
    if (r.is_system) {
        notes_.does_ddl();
        return notes_.writes_everything("writes system catalogs");
    }
    switch (r.kind) {
        case relation_kind::table:
        case relation_kind::partitioned_table:
            return visit_table(r, std::move(change));
        case relation_kind::view:
            return visit_view(r);
        case relation_kind::foreign_table:
            return notes_.writes_everything("writes the foreign table " + r.name);
        case relation_kind::materialized_view:
        case relation_kind::sequence:
        case relation_kind::other:
            return notes_.writes_everything("writes " + r.name + ", which is not a table");
    }
}

void write_closure::visit_table(const relation& r, table_change change) {
    tables_.push_back(r.id);
    if (rules_.rewrite_rules && r.rewrites_writes)
        return notes_.writes_everything("writes " + r.name + ", which has rules");
    for (const trigger& t : r.triggers) {
        if (!rules_.triggers || !fires(t, change)) continue;
        const function* f = known_.find_function(t.function);
        if (f == nullptr || !f->is_known_harmless) {
            if (known_.functions_may_do_ddl()) notes_.may_do_ddl();
            return notes_.writes_everything("writes " + r.name + ", which has a trigger" +
                                            (f != nullptr ? " that calls " + f->name + "()" : ""));
        }
        change.any_column = true;  // it may set columns of its own
    }
    // A generated column changes with those it is made of.
    if (r.has_generated_columns) change.any_column |= change.updates;
    if (change.inserts || change.updates) {
        for (const call& made : r.write_calls)
            check_call(made, known_, rules_, notes_);
    }
    if (rules_.row_security && r.row_security) {
        // Policies run for writes too; what they read does not matter, what they call may.
        check_expression(r.policies, r.name, known_, rules_, notes_);
    }
    // A row that an UPDATE moves to another partition is deleted and inserted.
    if (r.kind == relation_kind::partitioned_table && change.updates)
        change.inserts = change.deletes = true;
    if (rules_.partitions) {
        for (const oid child : r.children)
            schedule(child, change);
    }
    if (!rules_.foreign_key_actions) return;
    follow_references(r, change);
    // Keys that refer to the whole refer to its parts.
    std::vector<const relation*> above{&r};
    for (std::size_t i = 0; i < above.size() && i < tables_max; ++i) {
        for (const oid id : above[i]->parents) {
            const relation* parent = known_.find(id);
            if (parent == nullptr || std::find(above.begin(), above.end(), parent) != above.end())
                continue;
            above.push_back(parent);
            follow_references(*parent, change);
        }
    }
}

void write_closure::follow_references(const relation& target, const table_change& change) {
    for (const std::uint32_t place : target.referenced_by) {
        const foreign_key& key = known_.foreign_keys()[place];
        table_change follows;
        const auto act = [&](referential_action action, bool by_delete) {
            switch (action) {
                case referential_action::no_action:
                case referential_action::restrict_:
                    return;
                case referential_action::cascade:
                    if (by_delete) {
                        follows.deletes = true;
                        return;
                    }
                    break;
                case referential_action::set_null:
                case referential_action::set_default:
                    break;
            }
            follows.updates = true;
            follows.columns = names_of(known_.find(key.from), key.from_columns);
            if (follows.columns.size() != key.from_columns.size()) follows.any_column = true;
        };
        if (change.deletes) act(key.on_delete, true);
        if (change.updates && touches(change, target, key.to_columns)) act(key.on_update, false);
        if (change.truncates && truncates_cascade_) follows.truncates = true;
        if (follows.updates || follows.deletes || follows.truncates) schedule(key.from, follows);
    }
}

void write_closure::visit_view(const relation& r) {
    if (!rules_.views) return tables_.push_back(r.id);
    if (r.rewrites_writes)
        return notes_.writes_everything("writes " + r.name + ", which has rules");
    if (!r.triggers.empty())
        return notes_.writes_everything("writes " + r.name + ", which has a trigger");
    check_expression(r.definition, r.name, known_, rules_, notes_);
    // An updatable view writes one of the tables of its query; its columns may have other names.
    for (const oid id : r.definition.relations)
        schedule(id, table_change::anything());
}

}  // namespace pgfold::catalog
