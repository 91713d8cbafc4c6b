#include "analyzer/sql/statement_template.hpp"

namespace pgfold::sql {

std::string_view to_string(statement_kind kind) {
    switch (kind) {
        case statement_kind::unknown:
            return "unknown";
        case statement_kind::empty:
            return "empty";
        case statement_kind::multiple:
            return "multiple";
        case statement_kind::select:
            return "select";
        case statement_kind::insert:
            return "insert";
        case statement_kind::update:
            return "update";
        case statement_kind::delete_:
            return "delete";
        case statement_kind::merge:
            return "merge";
        case statement_kind::values:
            return "values";
        case statement_kind::table_copy:
            return "copy";
        case statement_kind::begin:
            return "begin";
        case statement_kind::commit:
            return "commit";
        case statement_kind::rollback:
            return "rollback";
        case statement_kind::savepoint:
            return "savepoint";
        case statement_kind::release:
            return "release";
        case statement_kind::rollback_to:
            return "rollback_to";
        case statement_kind::prepare_transaction:
            return "prepare_transaction";
        case statement_kind::commit_prepared:
            return "commit_prepared";
        case statement_kind::rollback_prepared:
            return "rollback_prepared";
        case statement_kind::set:
            return "set";
        case statement_kind::reset:
            return "reset";
        case statement_kind::show:
            return "show";
        case statement_kind::discard:
            return "discard";
        case statement_kind::prepare:
            return "prepare";
        case statement_kind::execute:
            return "execute";
        case statement_kind::deallocate:
            return "deallocate";
        case statement_kind::declare_cursor:
            return "declare_cursor";
        case statement_kind::fetch:
            return "fetch";
        case statement_kind::close_cursor:
            return "close_cursor";
        case statement_kind::listen:
            return "listen";
        case statement_kind::unlisten:
            return "unlisten";
        case statement_kind::notify:
            return "notify";
        case statement_kind::lock:
            return "lock";
        case statement_kind::explain:
            return "explain";
        case statement_kind::call:
            return "call";
        case statement_kind::do_block:
            return "do";
        case statement_kind::ddl:
            return "ddl";
        case statement_kind::other_utility:
            return "other_utility";
    }
    return "unknown";
}

}  // namespace pgfold::sql
