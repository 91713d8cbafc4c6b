// A finding and a statement as the analyzer makes them, with every field set.
#pragma once

#include "analyzer/detect/finding.hpp"
#include "analyzer/sql/statement_analyzer.hpp"
#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::test {

inline sql::template_ptr template_of(const std::string& text) {
    static sql::statement_analyzer analyzer(sql::make_template_table());
    return analyzer.analyze(text).statement;
}

inline detect::finding sample_finding() {
    detect::finding f;
    f.statement = template_of("SELECT id, name FROM employee WHERE organization_id = 24");
    f.key_columns = {"organization_id"};
    f.parent.statement = template_of("SELECT id, name FROM organization ORDER BY id");
    f.parent.columns = {"id"};
    f.runs = 2;
    f.lookups = 1100;
    f.distinct_arguments = 1000;
    f.rows = 50000;
    f.round_trips_avoidable = 1098;
    f.total_ms = 1234.56789;
    f.window_share = 0.84;
    f.database = "shop";
    f.user = "app";
    f.application_name = "web";
    f.tags = {{"route", "/organizations"}, {"traceparent", "00-1-2-01"}};
    f.first_seen = detect::timestamp(std::chrono::nanoseconds(1'709'294'400'000'123'456));
    f.last_seen = f.first_seen + std::chrono::seconds(90);
    f.example = "SELECT id, name FROM employee WHERE organization_id = 24";
    f.advice = {"Do it at once.", "django", "SELECT 1"};
    return f;
}

inline statistics::statement_row sample_row() {
    statistics::statement_row row;
    row.key = {sample_finding().statement, "shop", "app", "/organizations"};
    for (int i = 0; i < 100; ++i)
        row.latency.record(2'000'000);
    row.rows = 5000;
    row.bytes = 123456;
    row.errors = 1;
    return row;
}

}  // namespace pgfold::test
