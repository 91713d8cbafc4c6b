#include "analyzer/detect/advice/lookup_shape.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "analyzer/detect/advice/naming.hpp"

namespace pgfold::detect::advice {
namespace {

// Types that keys have, by their OIDs in pg_type.dat; others are left to the server's inference.
std::string type_name(std::uint32_t oid) {
    switch (oid) {
        case 16:
            return "boolean";
        case 17:
            return "bytea";
        case 19:
            return "name";
        case 20:
            return "bigint";
        case 21:
            return "smallint";
        case 23:
            return "integer";
        case 25:
            return "text";
        case 26:
            return "oid";
        case 700:
            return "real";
        case 701:
            return "double precision";
        case 1042:
            return "bpchar";
        case 1043:
            return "varchar";
        case 1082:
            return "date";
        case 1083:
            return "time";
        case 1114:
            return "timestamp";
        case 1184:
            return "timestamptz";
        case 1700:
            return "numeric";
        case 2950:
            return "uuid";
        default:
            return {};
    }
}

std::vector<lookup_key> keys_of(const finding& f) {
    std::vector<lookup_key> keys;
    std::vector<bool> used(f.statement->keys.size());
    const auto add = [&](std::size_t index) {
        used[index] = true;
        const sql::key_comparison& from = f.statement->keys[index];
        lookup_key key{from.column, from.table, from.parameter, from.cast, {}, from.in_join};
        const std::size_t position = keys.size();
        if (position < f.key_types.size()) key.type = type_name(f.key_types[position]);
        if (key.type.empty()) key.type = from.cast;
        keys.push_back(std::move(key));
    };
    if (f.key_columns.empty()) {  // nothing says which of them varied
        for (std::size_t i = 0; i < f.statement->keys.size(); ++i)
            add(i);
        return keys;
    }
    for (const std::string& column : f.key_columns) {
        for (std::size_t i = 0; i < f.statement->keys.size(); ++i) {
            if (used[i] || f.statement->keys[i].column != column) continue;
            add(i);
            break;
        }
    }
    if (keys.size() != f.key_columns.size()) keys.clear();
    return keys;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) ==
               std::tolower(static_cast<unsigned char>(y));
    });
}

// SELECT 1 … / SELECT $1 AS one …: only the fact that there is a row is asked.
bool selects_only_a_constant(std::string_view text) {
    const std::size_t from = std::min(text.find(" FROM "), text.find(" from "));
    if (from == std::string_view::npos || from < 7 ||
        !equals_ignoring_case(text.substr(0, 7), "select ")) {
        return false;
    }
    std::string_view target = text.substr(7, from - 7);
    while (target.starts_with('('))
        target.remove_prefix(1);
    const bool constant = target.starts_with('$') || target.starts_with('1');
    return constant && target.find(',') == std::string_view::npos;
}

std::optional<std::uint64_t> number_at(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\''))
        text.remove_prefix(1);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end != text.data() ? std::optional(value) : std::nullopt;
}

// What the parameter of LIMIT or OFFSET was in the example: "… LIMIT 1", or
// "… LIMIT $2 -- $1 = 24, $2 = 1".
std::optional<std::uint64_t> number_in_example(const finding& f, sql::parameter_role role,
                                               std::string_view keyword) {
    const std::vector<sql::parameter_role>& roles = f.statement->parameter_roles;
    const auto found = std::find(roles.begin(), roles.end(), role);
    // With several, in subqueries, it would be a guess which is which.
    if (std::count(roles.begin(), roles.end(), role) != 1) return std::nullopt;
    const auto number = static_cast<std::size_t>(found - roles.begin()) + 1;
    const std::string_view example = f.example;
    if (number <= f.statement->bound_parameters) {
        const std::string marker = "$" + std::to_string(number) + " = ";
        const std::size_t at = example.rfind(marker);
        return at == std::string_view::npos ? std::nullopt
                                            : number_at(example.substr(at + marker.size()));
    }
    for (std::size_t at = example.size(); at >= keyword.size(); --at) {
        if (equals_ignoring_case(example.substr(at - keyword.size(), keyword.size()), keyword)) {
            return number_at(example.substr(at));
        }
    }
    return std::nullopt;
}

// Does the key name one row of the child's table, so that the parent belongs to it?
bool finds_one_row(const finding& f, const lookup_shape& shape) {
    if (f.rows > f.lookups) return false;
    if (shape.keys.size() > 1) return f.rows != 0;
    const lookup_key& key = shape.keys.front();
    const std::string& owner = key.table.empty() ? shape.child_table : key.table;
    const std::string& from = shape.parent_column;
    if (!from.empty() && is_foreign_key_name(key.column, shape.parent_table, from)) return false;
    if (is_primary_key_name(key.column, owner)) return true;
    if (!from.empty() && is_foreign_key_name(from, owner, key.column)) return true;
    // A key of one's own is asked once per row; a foreign key repeats.
    return f.rows == f.lookups && f.distinct_arguments < f.lookups;
}

lookup_kind kind_of(const finding& f, const lookup_shape& shape) {
    const sql::statement_template& child = *f.statement;
    switch (child.kind) {
        case sql::statement_kind::insert:
            return lookup_kind::insert;
        case sql::statement_kind::update:
            return lookup_kind::update;
        case sql::statement_kind::delete_:
            return lookup_kind::remove;
        case sql::statement_kind::select:
            break;
        default:
            return lookup_kind::other;
    }
    if (shape.keys.empty()) return lookup_kind::other;
    if (child.has_aggregate) return lookup_kind::aggregate;
    if (selects_only_a_constant(child.normalized_text)) return lookup_kind::exists;
    if (finds_one_row(f, shape)) return lookup_kind::to_one;
    if (child.has_limit) return lookup_kind::latest;
    const std::string& key_table = shape.keys.front().table;
    return !key_table.empty() && key_table != shape.child_table ? lookup_kind::many_to_many
                                                                : lookup_kind::to_many;
}

}  // namespace

lookup_shape describe(const finding& f) {
    lookup_shape shape;
    if (f.statement == nullptr) return shape;
    shape.keys = keys_of(f);
    const auto& tables = f.statement->tables_written.empty() ? f.statement->tables_read
                                                             : f.statement->tables_written;
    if (!tables.empty()) shape.child_table = tables.front().name;
    if (f.parent.statement != nullptr) {
        if (!f.parent.statement->tables_read.empty()) {
            shape.parent_table = f.parent.statement->tables_read.front().name;
        }
        if (!f.parent.columns.empty()) shape.parent_column = f.parent.columns.front();
    }
    shape.kind = kind_of(f, shape);
    shape.limit = number_in_example(f, sql::parameter_role::limit, "limit ");
    shape.offset = number_in_example(f, sql::parameter_role::offset, "offset ");
    return shape;
}

}  // namespace pgfold::detect::advice
