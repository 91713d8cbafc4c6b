// libpg_query behind a C++ face: the normalizer, the fingerprint and the parse tree, as protobuf-c
// messages. Everything here recurses as deep as the text is nested: call it on a parse_stack, with
// texts that tree_depth_bound() has accepted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <pg_query/pg_query.pb-c.h>

namespace pgfold::sql {

struct free_parse_result {
    void operator()(PgQuery__ParseResult* tree) const;
};
using syntax_tree = std::unique_ptr<PgQuery__ParseResult, free_parse_result>;

// All of them: null or nullopt for what PostgreSQL 15's grammar rejects.
[[nodiscard]] syntax_tree parse(const std::string& text);
[[nodiscard]] std::optional<std::string> normalize(const std::string& text);
[[nodiscard]] std::optional<std::uint64_t> fingerprint(const std::string& text);

using tree_node = ProtobufCMessage;

// The message inside a PgQuery__Node wrapper, or `node` itself when it is not one. Null-safe.
[[nodiscard]] const tree_node* unwrap(const tree_node* node);
[[nodiscard]] inline const tree_node* unwrap(const PgQuery__Node* node) {
    return unwrap(reinterpret_cast<const tree_node*>(node));
}

// `node` as a message of type T (PgQuery__SelectStmt …), wrapper looked through; null if it is of
// another type.
template <class T>
struct message_traits;

#define PGFOLD_TREE_MESSAGE(type, prefix)                                                       \
    template <>                                                                                 \
    struct message_traits<type> {                                                               \
        static const ProtobufCMessageDescriptor* descriptor() { return &prefix##__descriptor; } \
    }
PGFOLD_TREE_MESSAGE(PgQuery__Node, pg_query__node);
PGFOLD_TREE_MESSAGE(PgQuery__SelectStmt, pg_query__select_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__InsertStmt, pg_query__insert_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__UpdateStmt, pg_query__update_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__DeleteStmt, pg_query__delete_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__MergeStmt, pg_query__merge_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__MergeWhenClause, pg_query__merge_when_clause);
PGFOLD_TREE_MESSAGE(PgQuery__RangeVar, pg_query__range_var);
PGFOLD_TREE_MESSAGE(PgQuery__RangeSubselect, pg_query__range_subselect);
PGFOLD_TREE_MESSAGE(PgQuery__RangeFunction, pg_query__range_function);
PGFOLD_TREE_MESSAGE(PgQuery__RangeTableFunc, pg_query__range_table_func);
PGFOLD_TREE_MESSAGE(PgQuery__RangeTableSample, pg_query__range_table_sample);
PGFOLD_TREE_MESSAGE(PgQuery__JoinExpr, pg_query__join_expr);
PGFOLD_TREE_MESSAGE(PgQuery__AConst, pg_query__a__const);
PGFOLD_TREE_MESSAGE(PgQuery__AExpr, pg_query__a__expr);
PGFOLD_TREE_MESSAGE(PgQuery__AArrayExpr, pg_query__a__array_expr);
PGFOLD_TREE_MESSAGE(PgQuery__AStar, pg_query__a__star);
PGFOLD_TREE_MESSAGE(PgQuery__ColumnRef, pg_query__column_ref);
PGFOLD_TREE_MESSAGE(PgQuery__ParamRef, pg_query__param_ref);
PGFOLD_TREE_MESSAGE(PgQuery__TypeCast, pg_query__type_cast);
PGFOLD_TREE_MESSAGE(PgQuery__TypeName, pg_query__type_name);
PGFOLD_TREE_MESSAGE(PgQuery__BoolExpr, pg_query__bool_expr);
PGFOLD_TREE_MESSAGE(PgQuery__CaseExpr, pg_query__case_expr);
PGFOLD_TREE_MESSAGE(PgQuery__SubLink, pg_query__sub_link);
PGFOLD_TREE_MESSAGE(PgQuery__FuncCall, pg_query__func_call);
PGFOLD_TREE_MESSAGE(PgQuery__CommonTableExpr, pg_query__common_table_expr);
PGFOLD_TREE_MESSAGE(PgQuery__RowExpr, pg_query__row_expr);
PGFOLD_TREE_MESSAGE(PgQuery__ResTarget, pg_query__res_target);
PGFOLD_TREE_MESSAGE(PgQuery__List, pg_query__list);
PGFOLD_TREE_MESSAGE(PgQuery__String, pg_query__string);
PGFOLD_TREE_MESSAGE(PgQuery__SQLValueFunction, pg_query__sqlvalue_function);
PGFOLD_TREE_MESSAGE(PgQuery__LockingClause, pg_query__locking_clause);
PGFOLD_TREE_MESSAGE(PgQuery__IntoClause, pg_query__into_clause);
PGFOLD_TREE_MESSAGE(PgQuery__VariableSetStmt, pg_query__variable_set_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__TransactionStmt, pg_query__transaction_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__CreateTableAsStmt, pg_query__create_table_as_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__CopyStmt, pg_query__copy_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__DropStmt, pg_query__drop_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__ViewStmt, pg_query__view_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__RuleStmt, pg_query__rule_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__LockStmt, pg_query__lock_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__TruncateStmt, pg_query__truncate_stmt);
PGFOLD_TREE_MESSAGE(PgQuery__SortBy, pg_query__sort_by);
#undef PGFOLD_TREE_MESSAGE

template <class T>
[[nodiscard]] const T* as(const tree_node* node) {
    node = unwrap(node);
    return node != nullptr && node->descriptor == message_traits<T>::descriptor()
               ? reinterpret_cast<const T*>(node)
               : nullptr;
}
template <class T>
[[nodiscard]] const T* as(const PgQuery__Node* node) {
    return as<T>(reinterpret_cast<const tree_node*>(node));
}

// Calls `visit` for each message that is a direct field of `node`, in order of the fields.
void for_each_child(const tree_node* node, const std::function<void(const tree_node*)>& visit);

}  // namespace pgfold::sql
