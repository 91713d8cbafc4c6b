// What a statement may do to the session that runs it, as far as answers kept for that session are
// concerned.
#pragma once

#include <cstdint>

#include "analyzer/sql/statement_template.hpp"
#include "proxy/freshness/known_effects.hpp"

namespace pgfold::fold {

enum class session_effect : std::uint8_t {
    none,     // reads, or opens and ends transactions
    changes,  // may write, or change how later statements are understood
};

// `statement` is null where it was not analysed.
[[nodiscard]] session_effect effect_on_session(const sql::statement_template* statement,
                                               const freshness::tracked_effects& effects);

}  // namespace pgfold::fold
