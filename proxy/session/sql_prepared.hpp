// SQL's own PREPARE name AS … and EXECUTE name(…). They share their names with the statements of
// the extended protocol: what one prepares the other may execute.
#pragma once

#include <string_view>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/session/statement_registry.hpp"

namespace pgfold::session {

// What a PREPARE prepares. Null where it cannot be told.
[[nodiscard]] prepared_statement_ptr prepared_by(std::string_view text, sql::text_settings settings,
                                                 sql::statement_analyzer& analyzer);

// The statement that an EXECUTE executes, if it is known and was analysed, else null. `arguments`
// then become that statement's: constants as they stand in `text`, up to the first argument that
// is none, and the literals of the prepared text. They point into both.
[[nodiscard]] prepared_statement_ptr executed_by(std::string_view text, sql::text_settings settings,
                                                 const statement_registry& statements,
                                                 std::vector<detect::argument>& arguments);

}  // namespace pgfold::session
