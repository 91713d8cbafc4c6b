#include "analyzer/detect/repetition.hpp"

#include <algorithm>

namespace pgfold::detect {

std::optional<finding_class> classify_repetition(const sql::statement_template& statement,
                                                 const lookup_totals& totals, bool only_keys_vary,
                                                 const repetition_rules& rules) {
    switch (statement.kind) {
        case sql::statement_kind::insert:
        case sql::statement_kind::update:
        case sql::statement_kind::delete_:
        case sql::statement_kind::merge: {
            // Outside a transaction they may be unrelated requests: ask for more of them.
            const std::uint64_t enough =
                rules.transaction ? rules.equal_min : std::max(rules.equal_min, rules.distinct_min);
            const std::uint64_t count =
                statement.kind == sql::statement_kind::insert ? totals.lookups : totals.distinct;
            return count >= enough ? std::optional(finding_class::write_loop) : std::nullopt;
        }
        default:
            break;
    }
    if (totals.most_equal >= rules.equal_min &&
        (totals.most_equal * 2 >= totals.lookups || totals.distinct < rules.distinct_min)) {
        return finding_class::duplicate;
    }
    if (only_keys_vary && totals.distinct >= rules.distinct_min) return finding_class::suspected;
    return std::nullopt;
}

}  // namespace pgfold::detect
