// DECLARE … CURSOR and FETCH: the rows of a cursor count as its statement's.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::detect {

class declared_cursors {
public:
    static constexpr std::size_t cursors_max = 8;

    // Remembers what a DECLARE declares. For a FETCH, returns the statement that its rows are of;
    // null for what is neither, or not known.
    [[nodiscard]] sql::template_ptr follow(const sql::template_ptr& statement);
    void clear() { cursors_.clear(); }

private:
    struct named_cursor {
        std::string name;
        sql::template_ptr statement;
    };
    void declare(std::string name, const sql::template_ptr& statement);

    std::vector<named_cursor> cursors_;  // oldest first
};

}  // namespace pgfold::detect
