// A text without its tag comment and without pgfold's directives.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/session/text_cuts.hpp"

namespace pgfold::session {

struct stripped_text {
    std::string text;
    text_cuts cuts;
};

// `found` is what the analyzer says of `text`. What stood apart because of a comment stays apart,
// and a line comment still ends where it did.
[[nodiscard]] stripped_text strip_comments(std::string_view text, const sql::analysis& found);

}  // namespace pgfold::session
