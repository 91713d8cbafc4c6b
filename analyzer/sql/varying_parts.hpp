// Names and values in utility statements that are new with each call: SAVEPOINT "s42_x7",
// DEALLOCATE pdo_stmt_0000001c, DECLARE "_django_curs_9" CURSOR FOR …, EXECUTE p(1, 'x'),
// NOTIFY c, 'payload', COMMIT PREPARED 'gid'.
//
// The normalizer leaves them in the text, so each such text would be a template of its own, and
// cost a parse. Their facts do not depend on these parts: they are taken from the *canonical* text,
// which has a fixed name and fixed values in their place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/sql_lexer.hpp"

namespace pgfold::sql {

enum class varying_part : std::uint8_t {
    no,
    name,
    value,  // not shown in the normalized text
};

// Cheap, for texts that most likely have none. `shape` as in lexed_text.
[[nodiscard]] bool may_have_varying_parts(std::string_view shape);

// One entry per token; empty when there are none.
[[nodiscard]] std::vector<varying_part> find_varying_parts(std::string_view text,
                                                           const std::vector<token>& tokens);

[[nodiscard]] std::string canonical_text(std::string_view text, const std::vector<token>& tokens,
                                         const std::vector<varying_part>& parts);

}  // namespace pgfold::sql
