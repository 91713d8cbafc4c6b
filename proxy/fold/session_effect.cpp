#include "proxy/fold/session_effect.hpp"

#include <algorithm>
#include <string_view>

#include "analyzer/sql/builtin_functions.hpp"

namespace pgfold::fold {
namespace {

bool is_harmless(const std::string& function) {
    constexpr std::string_view catalog = "pg_catalog.";
    std::string_view name = function;
    if (name.starts_with(catalog)) name.remove_prefix(catalog.size());
    if (name.find('.') != std::string_view::npos) return false;
    switch (sql::builtin_volatility(name)) {
        case sql::function_volatility::volatile_:
        case sql::function_volatility::unknown:
            return false;
        default:
            return true;
    }
}

}  // namespace

session_effect effect_on_session(const sql::statement_template* statement) {
    using enum sql::statement_kind;
    if (statement == nullptr) return session_effect::changes;
    switch (statement->kind) {
        case empty:
        case begin:
        case commit:
        case rollback:
        case savepoint:
        case release:
        case show:
        case deallocate:
        case prepare:
        case close_cursor:
            return session_effect::none;
        case select:
        case values:
        case declare_cursor:
            break;
        case fetch:
        default:
            return session_effect::changes;
    }
    if (statement->writes_in_cte || !statement->tables_written.empty())
        return session_effect::changes;
    const bool harmless =
        std::all_of(statement->functions.begin(), statement->functions.end(), is_harmless);
    return harmless ? session_effect::none : session_effect::changes;
}

}  // namespace pgfold::fold
