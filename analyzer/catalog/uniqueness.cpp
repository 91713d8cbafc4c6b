#include "analyzer/catalog/uniqueness.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "analyzer/detect/type_oid.hpp"

namespace pgfold::catalog {
namespace {

namespace type_oid = detect::type_oid;
using sql::key_comparison;
using sql::statement_template;

// Compared with a value of one of these types, no two values that a unique index keeps apart are
// equal to it, whatever type the column has: where the column is converted for it, different values
// stay different. Not so float8, to which neighbors of a bigint are one, nor char(n).
struct plain_type {
    oid id;
    std::string_view name;
};
constexpr std::array<plain_type, 9> plain_types = {{{type_oid::int2, "int2"},
                                                    {type_oid::int4, "int4"},
                                                    {type_oid::int8, "int8"},
                                                    {type_oid::oid, "oid"},
                                                    {type_oid::numeric, "numeric"},
                                                    {type_oid::uuid, "uuid"},
                                                    {type_oid::text, "text"},
                                                    {type_oid::varchar, "varchar"},
                                                    {type_oid::name, "name"}}};

bool keeps_values_apart(const key_comparison& key, const column& compared,
                        const statement_template& statement, std::span<const oid> types) {
    if (key.column_cast) return false;
    const bool is_user_type = compared.type >= first_user_oid;
    if (!key.cast.empty())
        return !is_user_type &&
               std::any_of(plain_types.begin(), plain_types.end(),
                           [&](const plain_type& t) { return t.name == key.cast; });
    // A string takes the column's type; the types of numbers are plain.
    if (key.parameter > statement.bound_parameters) return true;
    const std::size_t place = key.parameter - std::size_t{1};
    const oid type = place < types.size() ? types[place] : 0;
    if (type == 0) return false;
    return type == compared.type ||
           (!is_user_type && std::any_of(plain_types.begin(), plain_types.end(),
                                         [type](const plain_type& t) { return t.id == type; }));
}

// False if any function of that name may.
bool returns_no_set(std::string_view name, const catalog& known) {
    const std::size_t dot = name.rfind('.');
    const bool is_qualified = dot != std::string_view::npos;
    const auto found = known.functions_named(is_qualified ? name.substr(0, dot) : "",
                                             is_qualified ? name.substr(dot + 1) : name);
    // current_date and the like are no functions.
    if (found.empty()) return !is_qualified && name.starts_with("current_");
    return std::none_of(found.begin(), found.end(),
                        [](const function* f) { return f->returns_set; });
}

bool is_surely_aggregate(std::string_view name, const catalog& known) {
    const std::size_t dot = name.rfind('.');
    const bool is_qualified = dot != std::string_view::npos;
    const auto found = known.functions_named(is_qualified ? name.substr(0, dot) : "",
                                             is_qualified ? name.substr(dot + 1) : name);
    return !found.empty() && std::all_of(found.begin(), found.end(),
                                         [](const function* f) { return f->is_aggregate; });
}

// One row in the table is one row of the answer, or none.
bool makes_no_rows(const statement_template& statement, const catalog& known) {
    return !known.odd().hidden_sets &&
           std::all_of(statement.functions.begin(), statement.functions.end(),
                       [&](const std::string& name) { return returns_no_set(name, known); });
}

bool is_one_table(const statement_template& statement) {
    return statement.is_read() && statement.reads_one_table && !statement.facts_incomplete &&
           statement.tables_read.size() == 1;
}

// Over all its rows, and not those of others.
bool holds_its_indexes(const relation& r) {
    switch (r.kind) {
        case relation_kind::table:
        case relation_kind::materialized_view:
            return r.children.empty();
        case relation_kind::partitioned_table:
            return true;
        default:
            return false;
    }
}

bool has_equality_of_its_own(const statement_template& statement, const catalog& known) {
    return known.odd().own_equality ||
           std::any_of(statement.operators.begin(), statement.operators.end(),
                       [](const std::string& name) {
                           return name.ends_with(".=") && name != "pg_catalog.=";
                       });
}

// Columns of `r` that have one value, or none that matters.
std::vector<std::int16_t> compared_columns(const relation& r, const statement_template& statement,
                                           std::span<const oid> types) {
    std::vector<std::int16_t> columns;
    for (const key_comparison& key : statement.keys) {
        const column* c = r.find_column(key.column);
        if (c != nullptr && keeps_values_apart(key, *c, statement, types))
            columns.push_back(c->number);
    }
    return columns;
}

// Ties may hide among NULLs: an index does not keep them apart.
void add_order_columns(const relation& r, const statement_template& statement,
                       std::vector<std::int16_t>& columns) {
    for (const std::string& name : statement.order_columns) {
        const column* c = r.find_column(name);
        if (c != nullptr && c->not_null) columns.push_back(c->number);
    }
}

bool covers_index(const relation& r, const std::vector<std::int16_t>& columns) {
    return std::any_of(
        r.unique_indexes.begin(), r.unique_indexes.end(), [&](const unique_index& index) {
            return std::all_of(index.columns.begin(), index.columns.end(), [&](std::int16_t n) {
                return std::find(columns.begin(), columns.end(), n) != columns.end();
            });
        });
}

bool is_unique(const catalog& known, const statement_template& statement,
               std::span<const oid> types, const search_path* path, bool with_order) {
    if (!is_one_table(statement) || has_equality_of_its_own(statement, known) ||
        !makes_no_rows(statement, known))
        return false;
    const sql::table_reference& table = statement.tables_read.front();
    const auto found = known.resolve(table.schema, table.name, path);
    return !found.empty() && std::all_of(found.begin(), found.end(), [&](const relation* r) {
        if (!holds_its_indexes(*r)) return false;
        std::vector<std::int16_t> columns = compared_columns(*r, statement, types);
        if (with_order) add_order_columns(*r, statement, columns);
        return covers_index(*r, columns);
    });
}

// Whatever it reads.
bool is_one_sum(const catalog& known, const statement_template& statement) {
    if (!statement.is_read() || statement.facts_incomplete || statement.has_group_by ||
        statement.has_set_operation || statement.has_subquery || statement.has_cte ||
        statement.has_window)
        return false;
    return makes_no_rows(statement, known) &&
           std::any_of(statement.functions.begin(), statement.functions.end(),
                       [&](const std::string& name) { return is_surely_aggregate(name, known); });
}

}  // namespace

bool at_most_one_row(const catalog& known, const statement_template& statement,
                     std::span<const oid> parameter_types, const search_path* path) {
    if (is_one_sum(known, statement)) return true;
    // GROUPING SETS make several rows out of one.
    return !statement.has_group_by && is_unique(known, statement, parameter_types, path, false);
}

bool order_is_total(const catalog& known, const statement_template& statement,
                    std::span<const oid> parameter_types, const search_path* path) {
    if (at_most_one_row(known, statement, parameter_types, path)) return true;
    if (statement.has_aggregate || statement.has_window) return false;
    return is_unique(known, statement, parameter_types, path, true);
}

}  // namespace pgfold::catalog
