#include "analyzer/detect/advice/batched_select.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "analyzer/sql/tree/identifier.hpp"

namespace pgfold::detect::advice {

using namespace sql::tree;

namespace {

class select_batcher {
public:
    select_batcher(parse_tree& tree, node* statement, const sql::statement_template& child,
                   const lookup_shape& shape)
        : tree_(tree),
          statement_(statement),
          select_(*statement->select_stmt),
          child_(child),
          shape_(shape) {}

    node* batch() {
        if (shape_.keys.empty() || select_.into_clause != nullptr || sorts_by_parameter()) {
            return nullptr;
        }
        if (offset_is_zero()) select_.limit_offset = nullptr;  // Prisma's habit
        const bool plain = select_.op == PG_QUERY__SET_OPERATION__SETOP_NONE &&
                           select_.n_values_lists == 0 && !child_.has_window &&
                           select_.limit_offset == nullptr &&
                           select_.limit_option != PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
        if (!plain) return per_key();
        auto sites = find_key_sites(statement_, select_.where_clause, select_.from_clause,
                                    select_.n_from_clause, shape_.keys);
        if (!sites) return per_key();
        const plan how = choose();
        if (how == plan::per_key) return per_key();
        if (!compare_with_arrays(tree_, *sites, select_.where_clause, shape_.keys)) {
            return per_key();
        }
        for (const comparison_site& site : *sites)
            columns_.push_back(site.column);
        switch (how) {
            case plan::fetch:
                add_keys_to_targets();
                return statement_;
            case plan::group:
                group_by_keys();
                return statement_;
            case plan::distinct_keys:
                select_distinct_keys();
                return statement_;
            case plan::distinct_on:
                distinct_on_keys();
                return statement_;
            case plan::ranked:
                return ranked();
            case plan::per_key:
                break;
        }
        return nullptr;
    }

private:
    enum class plan : std::uint8_t { fetch, group, distinct_keys, distinct_on, ranked, per_key };

    plan choose() {
        if (shape_.kind == lookup_kind::exists) {
            drop_limit();
            return plan::distinct_keys;
        }
        const bool limited = select_.limit_count != nullptr;
        if (child_.has_aggregate) {
            if (limited && select_.n_group_clause != 0) return plan::per_key;
            drop_limit();  // there was one row
            return plan::group;
        }
        if (!limited) return select_.n_distinct_clause == 0 ? plan::fetch : distinct_plan();
        if (shape_.kind == lookup_kind::to_one) {
            drop_limit();  // the key is unique
            return plan::fetch;
        }
        if (select_.n_distinct_clause != 0) return plan::per_key;
        if (limit_value() == 1U) {
            select_.limit_count = nullptr;
            return plan::distinct_on;
        }
        return unnest_of(shape_.keys).empty() ? plan::ranked : plan::per_key;
    }

    // SELECT DISTINCT a, b: with the key added it is distinct per key. DISTINCT ON (…) is not.
    plan distinct_plan() const { return is_distinct_on() ? plan::per_key : plan::fetch; }
    bool is_distinct_on() const {
        return select_.distinct_clause[0]->node_case != PG_QUERY__NODE__NODE__NOT_SET;
    }

    void drop_limit() {
        if (select_.limit_count == nullptr) return;
        select_.limit_count = nullptr;
        select_.n_sort_clause = 0;
    }

    std::optional<std::uint64_t> limit_value() const {
        const node* limit = without_casts(select_.limit_count);
        if (limit != nullptr && limit->node_case == PG_QUERY__NODE__NODE_A_CONST &&
            limit->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL) {
            return static_cast<std::uint64_t>(limit->a_const->ival->ival);
        }
        return parameter_number(limit) != 0 ? shape_.limit : std::nullopt;
    }

    bool offset_is_zero() const {
        return parameter_number(without_casts(select_.limit_offset)) != 0 && shape_.offset == 0U;
    }

    // The value says more than $2 does, and gives nothing away.
    void show_limit() {
        const std::optional<std::uint64_t> value = limit_value();
        if (value && parameter_number(select_.limit_count) != 0) {
            select_.limit_count = tree_.parse_expression(std::to_string(*value));
        }
    }

    // ORDER BY $2 is what a normalized ORDER BY 1 may look like: what it sorted by is lost.
    bool sorts_by_parameter() const {
        return std::any_of(select_.sort_clause, select_.sort_clause + select_.n_sort_clause,
                           [](const node* item) {
                               return parameter_number(without_casts(item->sort_by->node)) != 0;
                           });
    }

    bool has_target(const node* column) const {
        const std::string_view name = column_name(column);
        const std::string_view table = column_qualifier(column);
        const bool one_table = select_.n_from_clause == 1 &&
                               select_.from_clause[0]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR;
        return std::any_of(select_.target_list, select_.target_list + select_.n_target_list,
                           [&](const node* item) {
                               const node* value = item->res_target->val;
                               const std::string_view column_of = column_name(value);
                               if (column_of != name && column_of != "*") return false;
                               const std::string_view table_of = column_qualifier(value);
                               return table_of == table || one_table ||
                                      (column_of == "*" && table_of.empty());
                           });
    }

    void add_keys_to_targets() {
        for (node* column : columns_) {
            if (has_target(column)) continue;
            tree_.append(select_.target_list, select_.n_target_list, tree_.target(column));
        }
    }

    void group_by_keys() {
        for (auto column = columns_.rbegin(); column != columns_.rend(); ++column) {
            if (!has_target(*column)) {
                tree_.prepend(select_.target_list, select_.n_target_list, tree_.target(*column));
            }
            tree_.prepend(select_.group_clause, select_.n_group_clause, *column);
        }
    }

    void select_distinct_keys() {
        const node* skeleton = tree_.parse_statement("SELECT DISTINCT 1");
        select_.distinct_clause = skeleton->select_stmt->distinct_clause;
        select_.n_distinct_clause = skeleton->select_stmt->n_distinct_clause;
        select_.n_target_list = 0;
        add_keys_to_targets();
    }

    void distinct_on_keys() {
        add_keys_to_targets();
        for (auto column = columns_.rbegin(); column != columns_.rend(); ++column) {
            tree_.prepend(select_.distinct_clause, select_.n_distinct_clause, *column);
            node* sort = tree_.parse_statement("SELECT 1 ORDER BY c")->select_stmt->sort_clause[0];
            sort->sort_by->node = *column;
            tree_.prepend(select_.sort_clause, select_.n_sort_clause, sort);
        }
    }

    // The first n per key, without knowing the keys' types.
    node* ranked() {
        show_limit();
        add_keys_to_targets();
        node* rank = tree_.parse_expression("row_number() OVER (PARTITION BY c ORDER BY c)");
        PgQuery__WindowDef& window = *rank->func_call->over;
        window.n_partition_clause = 0;
        for (node* column : columns_) {
            tree_.append(window.partition_clause, window.n_partition_clause, column);
        }
        window.order_clause = select_.sort_clause;
        window.n_order_clause = select_.n_sort_clause;
        tree_.append(select_.target_list, select_.n_target_list,
                     tree_.target(rank, "position_in_key"));
        node* outer =
            tree_.parse_statement("SELECT * FROM (SELECT 1) AS ranked WHERE position_in_key <= 1");
        PgQuery__SelectStmt& wrapper = *outer->select_stmt;
        wrapper.where_clause->a_expr->rexpr = select_.limit_count;
        select_.limit_count = nullptr;
        select_.n_sort_clause = 0;
        wrapper.from_clause[0]->range_subselect->subquery = statement_;
        return outer;
    }

    // The child as it is, once for each key. Needs the types: unnest() takes them from its
    // argument.
    node* per_key() {
        const std::string keys = unnest_of(shape_.keys);
        if (keys.empty()) return nullptr;
        show_limit();
        std::string names;
        for (const lookup_key& key : shape_.keys) {
            if (!names.empty()) names += ", ";
            names += quoted(key.column);
        }
        for_each_parameter(statement_, [&](node* p) {
            for (const lookup_key& key : shape_.keys) {
                if (p->param_ref->number != key.parameter) continue;
                *p = *tree_.column("k", key.column);
                break;
            }
        });
        node* outer = tree_.parse_statement("SELECT k.*, c.* FROM " + keys + " AS k(" + names +
                                            ") CROSS JOIN LATERAL (SELECT 1) AS c");
        if (outer == nullptr) return nullptr;
        outer->select_stmt->from_clause[0]->join_expr->rarg->range_subselect->subquery = statement_;
        return outer;
    }

    parse_tree& tree_;
    node* statement_;
    PgQuery__SelectStmt& select_;
    const sql::statement_template& child_;
    const lookup_shape& shape_;
    std::vector<node*> columns_;  // of the keys
};

}  // namespace

node* batch_select(parse_tree& tree, node* statement, const sql::statement_template& child,
                   const lookup_shape& shape) {
    return select_batcher(tree, statement, child, shape).batch();
}

}  // namespace pgfold::detect::advice
