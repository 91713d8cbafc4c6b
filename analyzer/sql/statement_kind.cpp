#include "analyzer/sql/statement_kind.hpp"

namespace pgfold::sql {
namespace {

statement_kind kind_of_transaction(const PgQuery__TransactionStmt& statement) {
    switch (statement.kind) {
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
            return statement_kind::begin;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
            return statement_kind::commit;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
            return statement_kind::rollback;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
            return statement_kind::savepoint;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
            return statement_kind::release;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
            return statement_kind::rollback_to;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
            return statement_kind::prepare_transaction;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED:
            return statement_kind::commit_prepared;
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED:
            return statement_kind::rollback_prepared;
        default:
            return statement_kind::unknown;
    }
}

}  // namespace

statement_kind kind_of(const PgQuery__Node& statement) {
    switch (statement.node_case) {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            return statement.select_stmt->n_values_lists > 0 ? statement_kind::values
                                                             : statement_kind::select;
        case PG_QUERY__NODE__NODE_INSERT_STMT:
            return statement_kind::insert;
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            return statement_kind::update;
        case PG_QUERY__NODE__NODE_DELETE_STMT:
            return statement_kind::delete_;
        case PG_QUERY__NODE__NODE_MERGE_STMT:
            return statement_kind::merge;
        case PG_QUERY__NODE__NODE_COPY_STMT:
            return statement_kind::table_copy;
        case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
            return kind_of_transaction(*statement.transaction_stmt);
        case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT: {
            const auto kind = statement.variable_set_stmt->kind;
            return kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ||
                           kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL
                       ? statement_kind::reset
                       : statement_kind::set;
        }
        case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
            return statement_kind::set;
        case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
            return statement_kind::show;
        case PG_QUERY__NODE__NODE_DISCARD_STMT:
            return statement_kind::discard;
        case PG_QUERY__NODE__NODE_PREPARE_STMT:
            return statement_kind::prepare;
        case PG_QUERY__NODE__NODE_EXECUTE_STMT:
            return statement_kind::execute;
        case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
            return statement_kind::deallocate;
        case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
            return statement_kind::declare_cursor;
        case PG_QUERY__NODE__NODE_FETCH_STMT:
            return statement_kind::fetch;
        case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
            return statement_kind::close_cursor;
        case PG_QUERY__NODE__NODE_LISTEN_STMT:
            return statement_kind::listen;
        case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
            return statement_kind::unlisten;
        case PG_QUERY__NODE__NODE_NOTIFY_STMT:
            return statement_kind::notify;
        case PG_QUERY__NODE__NODE_LOCK_STMT:
            return statement_kind::lock;
        case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
            return statement_kind::explain;
        case PG_QUERY__NODE__NODE_CALL_STMT:
            return statement_kind::call;
        case PG_QUERY__NODE__NODE_DO_STMT:
            return statement_kind::do_block;
        case PG_QUERY__NODE__NODE_VACUUM_STMT:
        case PG_QUERY__NODE__NODE_CLUSTER_STMT:
        case PG_QUERY__NODE__NODE_REINDEX_STMT:
        case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
        case PG_QUERY__NODE__NODE_LOAD_STMT:
        case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
            return statement_kind::other_utility;
        case PG_QUERY__NODE__NODE__NOT_SET:
            return statement_kind::unknown;
        default:
            return statement_kind::ddl;  // CREATE, ALTER, DROP, TRUNCATE, GRANT, COMMENT …
    }
}

bool may_hold_secret(const PgQuery__Node& statement) {
    switch (statement.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
        case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
        case PG_QUERY__NODE__NODE_CREATE_USER_MAPPING_STMT:
        case PG_QUERY__NODE__NODE_ALTER_USER_MAPPING_STMT:
        case PG_QUERY__NODE__NODE_CREATE_FOREIGN_SERVER_STMT:
        case PG_QUERY__NODE__NODE_ALTER_FOREIGN_SERVER_STMT:
        case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
        case PG_QUERY__NODE__NODE_ALTER_SUBSCRIPTION_STMT:
        case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
            return true;
        default:
            return false;
    }
}

}  // namespace pgfold::sql
