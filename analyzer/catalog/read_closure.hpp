// From the relations that a statement names to the tables that its answer depends on: through
// views, partitions, inheritance and row security policies. Private to this folder.
#pragma once

#include <unordered_set>
#include <vector>

#include "analyzer/catalog/effect_notes.hpp"

namespace pgfold::catalog {

class read_closure {
public:
    // More tables than that: not known.
    static constexpr std::size_t tables_max = 512;

    read_closure(const catalog& known, const effect_rules& rules, effect_notes& notes)
        : known_(known), rules_(rules), notes_(notes) {}

    void add(const relation& r);
    [[nodiscard]] std::vector<oid> take_tables();  // sorted

private:
    void visit(const relation& r);
    void visit_all(const std::vector<oid>& ids);
    void add_table(const relation& r);

    const catalog& known_;
    const effect_rules& rules_;
    effect_notes& notes_;
    std::unordered_set<oid> visited_;
    std::vector<const relation*> waiting_;
    std::vector<oid> tables_;
};

}  // namespace pgfold::catalog
