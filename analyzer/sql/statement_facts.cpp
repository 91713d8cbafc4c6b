#include "analyzer/sql/statement_facts.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "analyzer/sql/builtin_functions.hpp"
#include "analyzer/sql/comparison_reader.hpp"
#include "analyzer/sql/query_scope.hpp"
#include "analyzer/sql/row_order.hpp"
#include "analyzer/sql/statement_kind.hpp"
#include "analyzer/sql/template_verdict.hpp"
#include "analyzer/sql/tree_reading.hpp"

namespace pgfold::sql {
namespace {

class fact_collector {
public:
    fact_collector(const parameter_numbers& numbers, statement_template& out)
        : out_(out), comparisons_(numbers, scope_, out) {}

    void statement(const PgQuery__Node& node) {
        scope_.push();
        writes_ranges_ = out_.kind == statement_kind::ddl;
        walk(unwrap(&node), {});
        scope_.pop();
    }

    [[nodiscard]] const verdict_inputs& inputs() const { return inputs_; }

private:
    // How a node is reached from the statement.
    struct position {
        bool certain = true;  // under AND only: what stands here must hold for each row
        [[nodiscard]] position uncertain() const { return {false}; }
    };

    struct depth_guard {
        explicit depth_guard(fact_collector& owner) : collector(owner) {
            if (++collector.depth_ > tree_levels_max) collector.inputs_.incomplete = true;
        }
        ~depth_guard() { --collector.depth_; }
        fact_collector& collector;
    };

    // --- tables -------------------------------------------------------------------------------

    static void add_table(std::vector<table_reference>& tables, const PgQuery__RangeVar& range) {
        table_reference reference;
        reference.schema = view(range.schemaname);
        reference.name = view(range.relname);
        if (range.alias != nullptr) reference.alias = view(range.alias->aliasname);
        if (std::find(tables.begin(), tables.end(), reference) == tables.end())
            tables.push_back(std::move(reference));
    }
    void add_written(const PgQuery__RangeVar* range) {
        if (range == nullptr) return;
        add_table(out_.tables_written, *range);
        out_.creates_temporary |= view(range->relpersistence) == "t";
    }
    template <class Nodes>
    void add_columns_set(Nodes** targets, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            if (const auto* target = as<PgQuery__ResTarget>(targets[i]))
                add_once(out_.columns_set, std::string(view(target->name)));
        }
    }

    // A condition: a WHERE clause, or a JOIN's ON.
    void condition(const tree_node* node, bool in_join, position at) {
        node = unwrap(node);
        if (node == nullptr) return;
        const depth_guard guard(*this);
        if (inputs_.incomplete) return;
        const auto* boolean = as<PgQuery__BoolExpr>(node);
        if (boolean != nullptr && boolean->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) {
            for (std::size_t i = 0; i < boolean->n_args; ++i)
                condition(unwrap(boolean->args[i]), in_join, at);
        } else {
            const auto* expression = as<PgQuery__AExpr>(node);
            if (expression != nullptr && at.certain) comparisons_.read_keys(*expression, in_join);
            walk(node, at);
        }
    }

    // --- statements ---------------------------------------------------------------------------

    template <class Nodes>
    void walk_all(Nodes** nodes, std::size_t count, position at) {
        for (std::size_t i = 0; i < count; ++i)
            walk(unwrap(nodes[i]), at);
    }

    void with(const PgQuery__WithClause* clause, position at) {
        if (clause == nullptr) return;
        out_.has_cte = true;
        // Without RECURSIVE a WITH query sees only those before it.
        for (std::size_t i = 0; clause->recursive && i < clause->n_ctes; ++i) {
            if (const auto* cte = as<PgQuery__CommonTableExpr>(clause->ctes[i]))
                scope_.add_cte(view(cte->ctename));
        }
        for (std::size_t i = 0; i < clause->n_ctes; ++i) {
            const auto* cte = as<PgQuery__CommonTableExpr>(clause->ctes[i]);
            if (cte == nullptr) continue;
            if (as<PgQuery__SelectStmt>(cte->ctequery) == nullptr) out_.writes_in_cte = true;
            walk(unwrap(cte->ctequery), at);
            if (!clause->recursive) scope_.add_cte(view(cte->ctename));
        }
    }

    void select(const PgQuery__SelectStmt& query, position at) {
        scope_.push();
        with(query.with_clause, at);
        out_.has_order_by |= query.n_sort_clause > 0;
        out_.has_distinct |= query.n_distinct_clause > 0;
        out_.has_aggregate |= query.n_group_clause > 0 || query.having_clause != nullptr;
        out_.has_group_by |= query.n_group_clause > 0;
        out_.has_window |= query.n_window_clause > 0;
        out_.has_limit |= query.limit_count != nullptr;
        out_.has_offset |= query.limit_offset != nullptr;
        comparisons_.set_role(query.limit_count, parameter_role::limit);
        comparisons_.set_role(query.limit_offset, parameter_role::offset);
        if (query.into_clause != nullptr) {
            inputs_.writes_result = true;
            out_.selects_into = true;
            add_written(query.into_clause->rel);
        }
        if (query.larg != nullptr || query.rarg != nullptr) {
            out_.has_set_operation = true;
            if (query.larg != nullptr) walk(&query.larg->base, at);
            if (query.rarg != nullptr) walk(&query.rarg->base, at);
        }
        for (std::size_t i = 0; i < query.n_from_clause; ++i)
            scope_.add_from(unwrap(query.from_clause[i]));
        walk_all(query.distinct_clause, query.n_distinct_clause, at);
        walk_all(query.target_list, query.n_target_list, at);
        walk_all(query.from_clause, query.n_from_clause, at);
        condition(unwrap(query.where_clause), false, at);
        walk_all(query.group_clause, query.n_group_clause, at);
        walk(unwrap(query.having_clause), at);
        walk_all(query.window_clause, query.n_window_clause, at);
        walk_all(query.values_lists, query.n_values_lists, at);
        walk_all(query.sort_clause, query.n_sort_clause, at);
        walk(unwrap(query.limit_offset), at);
        walk(unwrap(query.limit_count), at);
        // Its relations are aliases of this query, not tables of their own.
        out_.has_locking_clause |= query.n_locking_clause > 0;
        scope_.pop();
    }

    void insert(const PgQuery__InsertStmt& statement, position at) {
        scope_.push();
        with(statement.with_clause, at);
        add_written(statement.relation);
        if (const auto* source = as<PgQuery__SelectStmt>(statement.select_stmt)) {
            for (std::size_t i = 0; i < source->n_values_lists; ++i)
                comparisons_.set_roles_below(unwrap(source->values_lists[i]),
                                             parameter_role::insert_value);
            for (std::size_t i = 0; i < source->n_target_list; ++i)
                comparisons_.set_roles_below(unwrap(source->target_list[i]),
                                             parameter_role::insert_value);
            walk(&source->base, at);
        }
        if (statement.relation != nullptr) scope_.add_table(*statement.relation);
        if (const PgQuery__OnConflictClause* conflict = statement.on_conflict_clause) {
            out_.updates_on_conflict |=
                conflict->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
            add_columns_set(conflict->target_list, conflict->n_target_list);
            for (std::size_t i = 0; i < conflict->n_target_list; ++i)
                comparisons_.set_roles_below(unwrap(conflict->target_list[i]),
                                             parameter_role::set_value);
            walk_all(conflict->target_list, conflict->n_target_list, at);
            walk(unwrap(conflict->where_clause), at.uncertain());
        }
        walk_all(statement.returning_list, statement.n_returning_list, at);
        scope_.pop();
    }

    void update(const PgQuery__UpdateStmt& statement, position at) {
        scope_.push();
        with(statement.with_clause, at);
        add_written(statement.relation);
        if (statement.relation != nullptr) scope_.add_table(*statement.relation);
        for (std::size_t i = 0; i < statement.n_from_clause; ++i)
            scope_.add_from(unwrap(statement.from_clause[i]));
        add_columns_set(statement.target_list, statement.n_target_list);
        for (std::size_t i = 0; i < statement.n_target_list; ++i)
            comparisons_.set_roles_below(unwrap(statement.target_list[i]),
                                         parameter_role::set_value);
        walk_all(statement.target_list, statement.n_target_list, at);
        walk_all(statement.from_clause, statement.n_from_clause, at);
        condition(unwrap(statement.where_clause), false, at);
        walk_all(statement.returning_list, statement.n_returning_list, at);
        scope_.pop();
    }

    void delete_(const PgQuery__DeleteStmt& statement, position at) {
        scope_.push();
        with(statement.with_clause, at);
        add_written(statement.relation);
        if (statement.relation != nullptr) scope_.add_table(*statement.relation);
        for (std::size_t i = 0; i < statement.n_using_clause; ++i)
            scope_.add_from(unwrap(statement.using_clause[i]));
        walk_all(statement.using_clause, statement.n_using_clause, at);
        condition(unwrap(statement.where_clause), false, at);
        walk_all(statement.returning_list, statement.n_returning_list, at);
        scope_.pop();
    }

    void merge(const PgQuery__MergeStmt& statement, position at) {
        scope_.push();
        with(statement.with_clause, at);
        add_written(statement.relation);
        if (statement.relation != nullptr) scope_.add_table(*statement.relation);
        scope_.add_from(unwrap(statement.source_relation));
        walk(unwrap(statement.source_relation), at);
        condition(unwrap(statement.join_condition), true, at);
        for (std::size_t i = 0; i < statement.n_merge_when_clauses; ++i) {
            const auto* when = as<PgQuery__MergeWhenClause>(statement.merge_when_clauses[i]);
            if (when == nullptr) continue;
            add_columns_set(when->target_list, when->n_target_list);
            for (std::size_t k = 0; k < when->n_target_list; ++k)
                comparisons_.set_roles_below(unwrap(when->target_list[k]),
                                             parameter_role::set_value);
            for (std::size_t k = 0; k < when->n_values; ++k)
                comparisons_.set_roles_below(unwrap(when->values[k]), parameter_role::insert_value);
            for_each_child(&when->base,
                           [&](const tree_node* child) { walk(child, at.uncertain()); });
        }
        scope_.pop();
    }

    void copy(const PgQuery__CopyStmt& statement, position at) {
        if (statement.relation != nullptr) {
            if (statement.is_from)
                add_written(statement.relation);
            else
                add_table(out_.tables_read, *statement.relation);
        }
        walk(unwrap(statement.query), at);
        walk(unwrap(statement.where_clause), at.uncertain());
    }

    // DROP names its objects by lists of strings.
    void drop(const PgQuery__DropStmt& statement) {
        switch (statement.remove_type) {
            case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
            case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
            case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
            case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
                break;
            default:
                return;
        }
        for (std::size_t i = 0; i < statement.n_objects; ++i) {
            const auto* parts = as<PgQuery__List>(statement.objects[i]);
            if (parts == nullptr || parts->n_items == 0) continue;
            table_reference reference;
            reference.name = string_of(parts->items[parts->n_items - 1]);
            if (parts->n_items > 1) reference.schema = string_of(parts->items[parts->n_items - 2]);
            out_.tables_written.push_back(std::move(reference));
        }
    }

    // --- expressions --------------------------------------------------------------------------

    void function(const PgQuery__FuncCall& call) {
        const std::string_view bare =
            call.n_funcname > 0 ? string_of(call.funcname[call.n_funcname - 1]) : "";
        if (call.over != nullptr) {
            out_.has_window = true;
        } else if (call.agg_star || call.agg_distinct || call.agg_filter != nullptr ||
                   call.agg_within_group || call.n_agg_order > 0 || is_builtin_aggregate(bare)) {
            out_.has_aggregate = true;
        }
        add_once(out_.functions, function_name(call));
    }

    static void add_once(std::vector<std::string>& names, std::string name) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    }

    template <class Nodes>
    void add_operator(Nodes** parts, std::size_t count) {
        std::string name;
        for (std::size_t i = 0; i < count; ++i) {
            if (!name.empty()) name += '.';
            name += string_of(parts[i]);
        }
        if (!name.empty()) add_once(out_.operators, std::move(name));
    }

    void walk(const tree_node* node, position at) {
        node = unwrap(node);
        if (node == nullptr) return;
        const depth_guard guard(*this);
        if (inputs_.incomplete) return;
        if (!walk_special(node, at))
            for_each_child(node, [&](const tree_node* child) { walk(child, at); });
    }

    // True if the node's children were seen to.
    bool walk_special(const tree_node* node, position at) {
        if (const auto* query = as<PgQuery__SelectStmt>(node)) return select(*query, at), true;
        if (const auto* statement = as<PgQuery__InsertStmt>(node))
            return insert(*statement, at), true;
        if (const auto* statement = as<PgQuery__UpdateStmt>(node))
            return update(*statement, at), true;
        if (const auto* statement = as<PgQuery__DeleteStmt>(node))
            return delete_(*statement, at), true;
        if (const auto* statement = as<PgQuery__MergeStmt>(node))
            return merge(*statement, at), true;
        if (const auto* statement = as<PgQuery__CopyStmt>(node)) return copy(*statement, at), true;
        if (const auto* statement = as<PgQuery__DropStmt>(node)) return drop(*statement), true;
        if (const auto* range = as<PgQuery__RangeVar>(node)) {
            if (writes_ranges_)
                add_written(range);
            else if (!scope_.is_cte(*range))
                add_table(out_.tables_read, *range);
            return true;
        }
        if (const auto* into = as<PgQuery__IntoClause>(node)) return add_written(into->rel), true;
        if (const auto* created = as<PgQuery__CreateTableAsStmt>(node)) {
            if (created->into != nullptr) add_written(created->into->rel);
            walk_reading(created->query, at);
            return true;
        }
        if (const auto* created = as<PgQuery__ViewStmt>(node)) {
            add_written(created->view);
            walk_reading(created->query, at);
            return true;
        }
        if (const auto* rule = as<PgQuery__RuleStmt>(node))
            return add_written(rule->relation), true;  // its actions run later
        if (as<PgQuery__LockStmt>(node) != nullptr) return true;
        if (const auto* join = as<PgQuery__JoinExpr>(node)) {
            walk(unwrap(join->larg), at);
            walk(unwrap(join->rarg), at);
            condition(unwrap(join->quals), true, at);
            return true;
        }
        if (as<PgQuery__TypeName>(node) != nullptr) return true;
        if (const auto* boolean = as<PgQuery__BoolExpr>(node)) {
            const bool and_ = boolean->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
            walk_all(boolean->args, boolean->n_args, and_ ? at : at.uncertain());
            return true;
        }
        if (as<PgQuery__CaseExpr>(node) != nullptr) {
            for_each_child(node, [&](const tree_node* child) { walk(child, at.uncertain()); });
            return true;
        }
        if (const auto* truncated = as<PgQuery__TruncateStmt>(node)) {
            out_.truncates = true;
            out_.truncates_cascade |= truncated->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
        }
        if (const auto* expression = as<PgQuery__AExpr>(node)) {
            comparisons_.read_roles(*expression);
            add_operator(expression->name, expression->n_name);
        }
        if (const auto* link = as<PgQuery__SubLink>(node))
            add_operator(link->oper_name, link->n_oper_name);
        if (const auto* sort = as<PgQuery__SortBy>(node))
            add_operator(sort->use_op, sort->n_use_op);
        if (const auto* call = as<PgQuery__FuncCall>(node)) function(*call);
        if (const auto* value = as<PgQuery__SQLValueFunction>(node))
            add_once(out_.functions, std::string(function_name(*value)));
        if (as<PgQuery__RangeTableSample>(node) != nullptr) inputs_.samples_rows = true;
        if (as<PgQuery__SubLink>(node) != nullptr || as<PgQuery__RangeSubselect>(node) != nullptr)
            out_.has_subquery = true;
        return false;
    }

    void walk_reading(const PgQuery__Node* node, position at) {
        const bool writes = std::exchange(writes_ranges_, false);
        walk(unwrap(node), at);
        writes_ranges_ = writes;
    }

    statement_template& out_;
    query_scope scope_;
    comparison_reader comparisons_;
    verdict_inputs inputs_;
    unsigned depth_ = 0;
    bool writes_ranges_ = false;  // in DDL a relation named is a relation changed
};

bool is_catalog(const table_reference& table) {
    return table.schema == "pg_catalog" || table.schema == "information_schema" ||
           table.name.starts_with("pg_");
}

}  // namespace

void collect_facts(const PgQuery__ParseResult& tree, const parameter_numbers& numbers,
                   statement_template& out) {
    out.parameter_roles.assign(out.parameter_count, parameter_role::other);
    fact_collector collector(numbers, out);
    for (std::size_t i = 0; i < tree.n_stmts; ++i) {
        const PgQuery__Node* statement = tree.stmts[i]->stmt;
        if (statement == nullptr) continue;
        out.kind = kind_of(*statement);
        if (tree.n_stmts > 1) out.kinds.push_back(out.kind);
        collector.statement(*statement);
    }
    if (tree.n_stmts == 0) out.kind = statement_kind::empty;
    if (tree.n_stmts > 1) {
        out.kind = statement_kind::multiple;
        out.keys.clear();
        std::fill(out.parameter_roles.begin(), out.parameter_roles.end(), parameter_role::other);
    }
    out.catalog_only = !out.tables_read.empty() && out.tables_written.empty() &&
                       std::all_of(out.tables_read.begin(), out.tables_read.end(), is_catalog);
    out.facts_incomplete = collector.inputs().incomplete;
    if (out.kind == statement_kind::select && !out.facts_incomplete) {
        if (const auto* query = as<PgQuery__SelectStmt>(tree.stmts[0]->stmt))
            read_row_order(*query, out);
    }
    judge(out, collector.inputs());
}

}  // namespace pgfold::sql
