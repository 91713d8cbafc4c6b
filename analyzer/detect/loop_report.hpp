// What a connection or a pool has found and the findings take in.
#pragma once

#include <string>
#include <vector>

#include "analyzer/detect/detector.hpp"
#include "analyzer/detect/lookup_series.hpp"

namespace pgfold::detect {

// Whose loop it is and how it looks; copied only when something is reported.
struct loop_origin {
    sql::template_ptr statement;
    std::string database, user, application_name;
    std::string tag_comment;  // raw
    std::string example;
    bool ignored = false;  // pgfold:ignore
};

struct loop_report {
    finding_class kind = finding_class::n_plus_one;
    loop_origin origin;
    sql::template_ptr parent;
    std::vector<std::string> key_columns, parent_columns;
    std::vector<std::uint32_t> key_types;
    std::uint64_t runs = 0, lookups = 0, distinct = 0, rows = 0, avoidable = 0;
    std::uint64_t folded = 0;  // of the lookups: answered by pgfold itself
    std::chrono::nanoseconds duration{0}, elapsed{0};
    timestamp first, last;
    loop_timeline timeline;
    std::vector<attribution> attributions;  // only filled when somebody listens
};

[[nodiscard]] loop_report report_proof(const loop_proof& proof, const loop_origin& origin,
                                       bool attribute);
[[nodiscard]] loop_report report_repetition(finding_class kind, const lookup_totals& totals,
                                            const loop_origin& origin,
                                            const std::vector<std::uint8_t>& keys);
// The first of the lookups, in the order of their starts.
[[nodiscard]] loop_timeline timeline_of(const std::vector<lookup_record>& lookups);
// Says which lookups a report without a parent is made of.
void attribute(loop_report& report, const std::vector<lookup_record>& lookups);

}  // namespace pgfold::detect
