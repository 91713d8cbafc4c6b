#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "analyzer/detect/type_oid.hpp"
#include "analyzer/sql/parse_stack.hpp"
#include "analyzer/sql/tree/conditions.hpp"
#include "analyzer/sql/tree/parse_tree.hpp"
#include "analyzer/sql/tree/tree_equality.hpp"
#include "proxy/fold/batch/key_type_name.hpp"
#include "proxy/fold/batch/rewrite.hpp"
#include "proxy/fold/batch/rewrite_guard.hpp"

namespace pgfold::fold {
namespace {

namespace type_oid = detect::type_oid;
using sql::tree::comparison_site;
using sql::tree::node;
using sql::tree::parse_tree;

// What makes the rows for many keys something else than the rows for each of them put together. At
// any level of the statement: a subquery that counts does no harm, but is not worth the risk.
std::string_view objection_to_shape(const sql::statement_template& statement) {
    if (statement.has_limit || statement.has_offset) return "the lookup has a LIMIT or OFFSET";
    if (statement.has_aggregate) return "the lookup aggregates";
    if (statement.has_distinct) return "the lookup is a SELECT DISTINCT";
    if (statement.has_window) return "the lookup has a window function";
    if (statement.has_set_operation) return "the lookup is a UNION, INTERSECT or EXCEPT";
    if (statement.has_cte) return "the lookup has a WITH query";
    return {};
}

// Types whose equality is equality of canonical texts. Not bpchar, which ignores trailing blanks,
// nor name, to which longer keys are cut.
std::string objection_to_type(const child_key& key) {
    switch (key.type_oid) {
        case type_oid::int2:
        case type_oid::int4:
        case type_oid::int8:
        case type_oid::oid:
        case type_oid::uuid:
            return {};
        case type_oid::text:
        case type_oid::varchar:
            if (key.deterministic_collation) return {};
            return "the key's collation is not known to be deterministic";
        default:
            return "values of the key's type can be equal without being the same";
    }
}

class any_rewriter {
public:
    explicit any_rewriter(const batched_child& child) : child_(child) {}

    rewrite_result rewrite() {
        rewrite_result result;
        result.refusal = build(result);
        if (!result.refusal.empty()) result.query.reset();
        return result;
    }

private:
    [[nodiscard]] std::string build(rewrite_result& result) {
        statement_ = tree_.parse_statement(std::string(child_.text));
        if (statement_ == nullptr || statement_->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
            return "the lookup's text cannot be read";
        select_ = statement_->select_stmt;
        for (const child_key& key : child_.keys)
            if (std::string why = find_site(key); !why.empty()) return why;

        batch_query& query = result.query.emplace();
        query.strategy = batch_strategy::any;
        query.child_columns = static_cast<std::uint16_t>(column_count(child_.row_description));
        query.carried.after = static_cast<std::uint16_t>(child_.keys.size());
        for (const child_key& key : child_.keys)
            query.key_types.push_back(key.type_oid);
        renumber_constants(query);
        if (std::string why = compare_with_arrays(query); !why.empty()) return why;
        carry_keys();
        query.text = tree_.write(statement_);
        if (query.text.empty() || !says_the_same(query.text))
            return "the rewritten text cannot be written with certainty";
        return {};
    }

    [[nodiscard]] bool is_key(const node* value, const child_key& key) const {
        if (value == nullptr) return false;
        const std::uint16_t bound = child_.statement.bound_parameters;
        if (key.parameter <= bound) return sql::tree::parameter_number(value) == key.parameter;
        const std::size_t literal = static_cast<std::size_t>(key.parameter) - bound - 1;
        return literal < child_.literals.size() &&
               value->node_case == PG_QUERY__NODE__NODE_A_CONST &&
               value->a_const->location ==
                   static_cast<std::int32_t>(child_.literals[literal].offset);
    }

    [[nodiscard]] std::string find_site(const child_key& key) {
        if (key.parameter <= child_.statement.bound_parameters) {
            std::size_t uses = 0;
            sql::tree::for_each_parameter(statement_, [&](const node* p) {
                uses += p->param_ref->number == key.parameter ? 1 : 0;
            });
            if (uses > 1) return "the key is used more than once";
        }
        const auto site = sql::tree::find_comparison(
            select_->where_clause, select_->from_clause, select_->n_from_clause,
            [&](const node* value) { return is_key(value, key); });
        if (!site) return "the key's comparison is not a condition of the whole lookup";
        const std::string_view column = sql::tree::column_name(site->column);
        if (column.empty() || column == "*") return "the key is not compared with a plain column";
        if (!cast_agrees(site->value, key)) return "the key is cast to another type";
        sites_.push_back(*site);
        return {};
    }

    // At most one cast, and to the type that the server takes the key for: `$1::varchar(3)` cuts,
    // `$1::text::int4` reads more spellings than one.
    static bool cast_agrees(const node* value, const child_key& key) {
        if (value->node_case != PG_QUERY__NODE__NODE_TYPE_CAST) return true;
        const PgQuery__TypeCast& cast = *value->type_cast;
        if (cast.arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) return false;
        const PgQuery__TypeName& type = *cast.type_name;
        if (type.n_typmods != 0 || type.n_array_bounds != 0 || type.setof || type.n_names == 0)
            return false;
        const node* name = type.names[type.n_names - 1];
        return name->node_case == PG_QUERY__NODE__NODE_STRING &&
               std::string_view(name->string->sval) == key_type_name(key.type_oid);
    }

    // The child's parameters go behind those for the keys, in the order of their numbers.
    void renumber_constants(batch_query& query) {
        std::map<int, int> numbers;
        sql::tree::for_each_parameter(statement_,
                                      [&](const node* p) { numbers[p->param_ref->number] = 0; });
        for (const child_key& key : child_.keys)
            numbers.erase(key.parameter);
        int next = static_cast<int>(child_.keys.size());
        for (auto& [number, renumbered] : numbers) {
            renumbered = ++next;
            query.constants.push_back(static_cast<std::uint16_t>(number));
        }
        sql::tree::for_each_parameter(statement_, [&](node* p) {
            const auto found = numbers.find(p->param_ref->number);
            if (found != numbers.end()) p->param_ref->number = found->second;
        });
    }

    [[nodiscard]] std::string compare_with_arrays(const batch_query& query) {
        if (sites_.size() == 1) {
            node* any = tree_.parse_expression(
                "c = ANY(" + key_array_parameter(1, child_.keys[0].type_oid) + ")");
            if (any == nullptr) return "the rewritten text cannot be written";
            any->a_expr->lexpr = sites_[0].column;
            *sites_[0].comparison = *any;
            return {};
        }
        for (const comparison_site& site : sites_)
            if (site.in_join || !sql::tree::holds_conjunct(select_->where_clause, site.comparison))
                return "the keys are compared in different clauses";
        std::string row;
        for (std::size_t i = 0; i < sites_.size(); ++i)
            row += i == 0 ? "c" : ", c";
        node* in = tree_.parse_expression("(" + row + ") IN (SELECT * FROM " +
                                          key_rows(query.key_types) + " AS pgfold_k)");
        if (in == nullptr) return "the rewritten text cannot be written";
        for (std::size_t i = 0; i < sites_.size(); ++i)
            in->sub_link->testexpr->row_expr->args[i] = sites_[i].column;
        *sites_[0].comparison = *in;
        for (std::size_t i = 1; i < sites_.size(); ++i)
            sql::tree::remove_conjunct(select_->where_clause, sites_[i].comparison);
        sql::tree::unwrap_single_conjuncts(select_->where_clause);
        return {};
    }

    // Under names of their own: ORDER BY looks among the names of the output first.
    void carry_keys() {
        for (std::size_t i = 0; i < sites_.size(); ++i)
            tree_.append(select_->target_list, select_->n_target_list,
                         tree_.target(sites_[i].column, "pgfold_key" + std::to_string(i + 1)));
    }

    [[nodiscard]] bool says_the_same(const std::string& text) {
        parse_tree written;
        const node* again = written.parse_statement(text);
        return again != nullptr && sql::tree::same_meaning(&again->base, &statement_->base);
    }

    const batched_child& child_;
    parse_tree tree_;
    node* statement_ = nullptr;
    PgQuery__SelectStmt* select_ = nullptr;
    std::vector<comparison_site> sites_;
};

// libpg_query reads strings as with standard_conforming_strings on, and SQL as ASCII or UTF-8.
bool is_read_alike(const batched_child& child) {
    return child.settings.single_byte_safe_encoding &&
           (child.settings.standard_conforming_strings ||
            child.text.find('\\') == std::string_view::npos) &&
           child.text.find('\0') == std::string_view::npos;
}

}  // namespace

// Why the rows may be fetched together: the comparison is a condition under AND on every row of the
// result (WHERE, or the ON of an inner join that no outer join can fill up), so `column =
// ANY(keys)` keeps exactly the rows that some `column = key` keeps, and each row says by its column
// for which key it was kept. Outer joins elsewhere change nothing about that. NULL is no key.
rewrite_result rewrite_any(const batched_child& child) {
    if (std::string why = objection_to_rewrite(child); !why.empty()) return {{}, std::move(why)};
    if (const std::string_view why = objection_to_shape(child.statement); !why.empty())
        return {{}, std::string(why)};
    for (const child_key& key : child.keys)
        if (std::string why = objection_to_type(key); !why.empty()) return {{}, std::move(why)};
    if (!is_read_alike(child)) return {{}, "the lookup's text depends on the session's settings"};
    // The names that the rewrite adds must be new.
    if (!describable_text(child)) return {{}, "the lookup's text cannot be taken apart"};
    rewrite_result result;
    sql::parse_stack stack;
    if (!stack.run([&] { result = any_rewriter(child).rewrite(); }))
        return {{}, "there is no memory to read the lookup's text"};
    return result;
}

}  // namespace pgfold::fold
