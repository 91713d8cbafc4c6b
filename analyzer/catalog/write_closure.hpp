// From the relations that a statement names as its targets to all tables that change: through
// foreign key actions, partitions, inheritance and views; triggers and rules end in "everything".
// Private to this folder.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/catalog/effect_notes.hpp"

namespace pgfold::catalog {

// What is done to a table. Columns by name, since a partition numbers them otherwise.
struct table_change {
    bool inserts = false;
    bool updates = false;
    bool deletes = false;
    bool truncates = false;
    bool any_column = false;           // updates: which columns is not known
    std::vector<std::string> columns;  // updates: these

    // False when that adds nothing.
    bool merge(const table_change& other);
    [[nodiscard]] static table_change anything();
};

class write_closure {
public:
    // More tables than that: everything.
    static constexpr std::size_t tables_max = 512;

    write_closure(const catalog& known, const effect_rules& rules, bool truncates_cascade,
                  effect_notes& notes)
        : known_(known), rules_(rules), truncates_cascade_(truncates_cascade), notes_(notes) {}

    void add(const relation& r, const table_change& change);
    [[nodiscard]] std::vector<oid> take_tables();  // sorted

private:
    void visit(const relation& r, table_change change);
    void visit_table(const relation& r, table_change change);
    void visit_view(const relation& r);
    void follow_references(const relation& target, const table_change& change);
    void schedule(oid id, const table_change& change);

    const catalog& known_;
    const effect_rules& rules_;
    const bool truncates_cascade_;
    effect_notes& notes_;
    std::unordered_map<oid, table_change> changes_;
    std::vector<oid> waiting_;
    std::vector<oid> tables_;
};

}  // namespace pgfold::catalog
