#pragma once

#include "analyzer/sql/statement_template.hpp"
#include "analyzer/sql/syntax_tree.hpp"

namespace pgfold::sql {

// Of one statement's node; SELECT … INTO is a select, CREATE TABLE AS is ddl.
[[nodiscard]] statement_kind kind_of(const PgQuery__Node& statement);

// Whether the statement's strings may be passwords: roles, user mappings, servers, subscriptions.
[[nodiscard]] bool may_hold_secret(const PgQuery__Node& statement);

}  // namespace pgfold::sql
