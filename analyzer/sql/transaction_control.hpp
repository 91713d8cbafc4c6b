// Statements that begin, end or divide a transaction and do nothing else.
#pragma once

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::sql {

[[nodiscard]] constexpr bool is_transaction_control(statement_kind kind) {
    using enum statement_kind;
    switch (kind) {
        case begin:
        case commit:
        case rollback:
        case savepoint:
        case release:
        case rollback_to:
        case prepare_transaction:
        case commit_prepared:
        case rollback_prepared:
            return true;
        default:
            return false;
    }
}

}  // namespace pgfold::sql
