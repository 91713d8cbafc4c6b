// Literals of a statement's text replaced in place, by what a capture may not hold.
#pragma once

#include <span>
#include <vector>

#include "analyzer/sql/sql_lexer.hpp"
#include "proxy/capture/pseudonyms.hpp"

namespace pgfold::capture {

class sql_redaction {
public:
    // CREATE ROLE … PASSWORD 'secret', and libpq's connection strings in literals: asterisks.
    void hide_passwords(std::span<char> text);

    // Constants become pseudonyms; but for those that tell how, not what: counts of LIMIT and
    // OFFSET, column numbers of ORDER BY and GROUP BY, and values of ordinary settings (SET x = …).
    // Comments stay: they hold the tags that a finding is attributed by.
    void replace_literals(std::span<char> text, const pseudonyms& map);

private:
    sql::sql_lexer lexer_;
    std::vector<sql::token> tokens_;
};

}  // namespace pgfold::capture
