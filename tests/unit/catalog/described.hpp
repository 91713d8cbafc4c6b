// Effects of statements as text, with names for numbers, so that a test reads as a table.
#pragma once

#include <algorithm>

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/catalog/statement_effects.hpp"
#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::catalog {

inline std::string names_of(const std::vector<oid>& ids, const catalog& known) {
    std::vector<std::string> names;
    for (const oid id : ids) {
        const relation* r = known.find(id);
        const std::string_view schema = r != nullptr ? known.schema_name(r->schema) : "";
        std::string name = r != nullptr ? r->name : std::to_string(id);
        if (!schema.empty() && schema != "public") name = std::string(schema) + "." + name;
        names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : " ") + name;
    return text;
}

// "nothing", "a b", "everything: is DDL, certain"
inline std::string described_writes(const statement_effects& e, const catalog& known) {
    std::string text = e.writes_everything ? "everything: " + e.writes_reason
                       : e.writes.empty()  ? "nothing"
                                           : names_of(e.writes, known);
    if (e.ddl == catalog_change::possible) text += ", maybe DDL";
    if (e.ddl == catalog_change::certain) text += ", DDL";
    if (e.hides_permanent) text += ", hides";
    return text;
}

// "a b", "nothing", "a, session", "? calls f()"
inline std::string described_reads(const statement_effects& e, const catalog& known) {
    if (!e.reads_known) return "? " + e.reads_reason;
    std::string text = e.reads.empty() ? "nothing" : names_of(e.reads, known);
    if (e.row_security) text += ", row security";
    if (e.session_dependent) text += ", session";
    return text;
}

// Templates of statements.
class statements {
public:
    const sql::statement_template& of(std::string_view text) {
        const sql::analysis found = analyzer_.analyze(text);
        static const sql::statement_template unknown;
        if (found.statement == nullptr) return unknown;
        held_.push_back(found.statement);
        return *found.statement;
    }

private:
    sql::statement_analyzer analyzer_{sql::make_template_table()};
    std::vector<sql::template_ptr> held_;
};

}  // namespace pgfold::catalog
