// What a statement may do to the session that runs it, as far as answers kept for that session are
// concerned.
#pragma once

#include <cstdint>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::fold {

enum class session_effect : std::uint8_t {
    none,     // reads, or opens and ends transactions
    changes,  // may write, or change how later statements are understood
};

// Null: not analysed.
[[nodiscard]] session_effect effect_on_session(const sql::statement_template* statement);

}  // namespace pgfold::fold
