#include "unit/suggestion/finding_builder.hpp"

#include <stdexcept>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::test {

sql::template_ptr template_of(const std::string& text) {
    static sql::statement_analyzer analyzer(sql::make_template_table());
    sql::template_ptr statement = analyzer.analyze(text).statement;
    if (statement == nullptr || statement->kind == sql::statement_kind::unknown) {
        throw std::invalid_argument("does not parse: " + text);
    }
    return statement;
}

detect::finding build_finding(const loop_spec& spec) {
    detect::finding f;
    f.kind = spec.kind;
    f.statement = template_of(spec.child);
    if (!spec.parent.empty()) f.parent.statement = template_of(spec.parent);
    f.parent.columns = spec.parent_columns;
    f.key_columns = spec.key_columns;
    f.key_types = spec.key_types;
    f.lookups = spec.lookups;
    f.rows = spec.rows;
    f.distinct_arguments = spec.distinct_arguments;
    f.tags = spec.tags;
    f.example = spec.example.empty() ? spec.child : spec.example;
    return f;
}

}  // namespace pgfold::test
