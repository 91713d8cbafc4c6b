// Writes down what is found out about a statement; the first reason stays. Private to this folder.
#pragma once

#include <string>

#include "analyzer/catalog/statement_effects.hpp"

namespace pgfold::catalog {

class effect_notes {
public:
    explicit effect_notes(statement_effects& out) : out_(out) { out_.reads_known = true; }

    void writes_everything(std::string reason) {
        if (!out_.writes_everything) out_.writes_reason = std::move(reason);
        out_.writes_everything = true;
    }
    void reads_unknown(std::string reason) {
        if (out_.reads_known) out_.reads_reason = std::move(reason);
        out_.reads_known = false;
    }
    void depends_on_session() { out_.session_dependent = true; }
    void has_row_security() { out_.row_security = true; }
    void may_do_ddl() {
        if (out_.ddl == catalog_change::none) out_.ddl = catalog_change::possible;
    }
    void hides_permanent() { out_.hides_permanent = true; }
    void does_ddl() { out_.ddl = catalog_change::certain; }

private:
    statement_effects& out_;
};

}  // namespace pgfold::catalog
