#include "analyzer/detect/advice/key_conditions.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace pgfold::detect::advice {

using namespace sql::tree;

namespace {

std::string key_parameter(std::size_t index, const std::string& type) {
    std::string text = "$" + std::to_string(key_parameters_from + static_cast<int>(index));
    if (!type.empty()) text += "::" + type + "[]";
    return text;
}

node* any_comparison(parse_tree& tree, node* column, const std::string& cast) {
    node* any = tree.parse_expression("c = ANY(" + key_parameter(0, cast) + ")");
    if (any == nullptr) any = tree.parse_expression("c = ANY(" + key_parameter(0, "") + ")");
    any->a_expr->lexpr = column;
    return any;
}

// (a, b) IN (SELECT * FROM unnest(…)); where a type is not known, (a, b) IN (($1, $2), ($3, $4)).
node* row_comparison(parse_tree& tree, const std::vector<comparison_site>& sites,
                     const std::vector<lookup_key>& keys) {
    std::string row, first, second;
    for (std::size_t i = 0; i < sites.size(); ++i) {
        const char* separator = i == 0 ? "" : ", ";
        row += separator + std::string("c");
        first += separator + key_parameter(i, "");
        second += separator + key_parameter(i + sites.size(), "");
    }
    const std::string unnest = unnest_of(keys);
    node* in = tree.parse_expression(
        "(" + row + ") IN (" +
        (unnest.empty() ? "(" + first + "), (" + second + ")" : "SELECT * FROM " + unnest) + ")");
    if (in == nullptr) return nullptr;
    node* left =
        in->node_case == PG_QUERY__NODE__NODE_SUB_LINK ? in->sub_link->testexpr : in->a_expr->lexpr;
    for (std::size_t i = 0; i < sites.size(); ++i)
        left->row_expr->args[i] = sites[i].column;
    return in;
}

}  // namespace

std::optional<std::vector<comparison_site>> find_key_sites(node* statement, node* where,
                                                           node** from, std::size_t from_size,
                                                           const std::vector<lookup_key>& keys) {
    std::map<int, int> uses;
    for_each_parameter(statement, [&](node* p) { ++uses[p->param_ref->number]; });
    std::vector<comparison_site> sites;
    for (const lookup_key& key : keys) {
        if (uses[key.parameter] != 1) return std::nullopt;
        const auto site = find_comparison(where, from, from_size, [&](const node* value) {
            return parameter_number(value) == key.parameter;
        });
        if (!site || column_name(site->column).empty()) return std::nullopt;
        sites.push_back(*site);
    }
    return sites;
}

bool compare_with_arrays(parse_tree& tree, std::vector<comparison_site>& sites, node* where,
                         const std::vector<lookup_key>& keys) {
    if (sites.size() == 1) {
        *sites[0].comparison = *any_comparison(tree, sites[0].column, keys[0].cast);
        return true;
    }
    for (const comparison_site& site : sites) {
        if (site.in_join || !holds_conjunct(where, site.comparison)) return false;
    }
    node* rows = row_comparison(tree, sites, keys);
    if (rows == nullptr) return false;
    *sites[0].comparison = *rows;
    for (std::size_t i = 1; i < sites.size(); ++i)
        remove_conjunct(where, sites[i].comparison);
    unwrap_single_conjuncts(where);
    return true;
}

void renumber_parameters(node* statement) {
    std::map<int, int> numbers;  // keys sort last; they come first in the new order
    int key_parameters = 0;
    for_each_parameter(statement, [&](node* p) {
        const int number = p->param_ref->number;
        if (number < key_parameters_from) return;
        numbers[number] = number - key_parameters_from + 1;
        key_parameters = std::max(key_parameters, numbers[number]);
    });
    int next = key_parameters;
    for_each_parameter(statement, [&](node* p) {
        if (!numbers.contains(p->param_ref->number)) numbers[p->param_ref->number] = ++next;
    });
    for_each_parameter(statement,
                       [&](node* p) { p->param_ref->number = numbers[p->param_ref->number]; });
}

std::string unnest_of(const std::vector<lookup_key>& keys) {
    std::string text;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].type.empty()) return {};
        text += (i == 0 ? "unnest(" : ", ") + key_parameter(i, keys[i].type);
    }
    return text + ")";
}

}  // namespace pgfold::detect::advice
