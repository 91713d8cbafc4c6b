#include "analyzer/catalog/read_closure.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "analyzer/catalog/function_check.hpp"

namespace pgfold::catalog {

void read_closure::add(const relation& r) {
    // Not recursive: views may be stacked as high as their owner likes.
    waiting_.push_back(&r);
    while (!waiting_.empty()) {
        const relation& next = *waiting_.back();
        waiting_.pop_back();
        if (visited_.insert(next.id).second) visit(next);
    }
}

std::vector<oid> read_closure::take_tables() {
    std::sort(tables_.begin(), tables_.end());
    return std::exchange(tables_, {});
}

void read_closure::visit(const relation& r) {
    if (r.is_system) return notes_.reads_unknown("reads system catalogs");
    switch (r.kind) {
        case relation_kind::table:
        case relation_kind::partitioned_table:
            add_table(r);
            if (rules_.partitions) visit_all(r.children);
            if (rules_.row_security && r.row_security) {
                notes_.has_row_security();
                notes_.depends_on_session();  // who is asking decides whether policies apply
                check_expression(r.policies, r.name, known_, rules_, notes_);
                visit_all(r.policies.relations);
            }
            return;
        case relation_kind::materialized_view:
            return add_table(r);  // REFRESH changes it, the tables it was made of do not
        case relation_kind::view:
            if (!rules_.views) return add_table(r);
            check_expression(r.definition, r.name, known_, rules_, notes_);
            return visit_all(r.definition.relations);
        case relation_kind::foreign_table:
            return notes_.reads_unknown("reads the foreign table " + r.name);
        case relation_kind::sequence:
            return notes_.reads_unknown("reads the sequence " + r.name);
        case relation_kind::other:
            return notes_.reads_unknown("reads " + r.name + ", which is not a table");
    }
}

void read_closure::visit_all(const std::vector<oid>& ids) {
    for (const oid id : ids) {
        if (visited_.contains(id)) continue;
        if (const relation* r = known_.find(id))
            waiting_.push_back(r);
        else
            notes_.reads_unknown("reads a table that is not in the catalog");
    }
}

void read_closure::add_table(const relation& r) {
    if (tables_.size() == tables_max) notes_.reads_unknown("reads too many tables");
    if (tables_.size() < tables_max) tables_.push_back(r.id);
}

}  // namespace pgfold::catalog
