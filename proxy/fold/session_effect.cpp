#include "proxy/fold/session_effect.hpp"

namespace pgfold::fold {

session_effect effect_on_session(const sql::statement_template* statement,
                                 const freshness::tracked_effects& effects) {
    using enum sql::statement_kind;
    if (statement == nullptr || !effects.found.writes_nothing()) return session_effect::changes;
    // set_config() and the like write no table.
    if (statement->calls_volatile) return session_effect::changes;
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
        case select:
        case values:
        case declare_cursor:
            return session_effect::none;
        default:
            return session_effect::changes;
    }
}

}  // namespace pgfold::fold
