// What users are told: runs of one kind aggregated by (database, parent, child, route).
// Field for field what `/api/v1/findings` and `pgfold analyze --format json` print.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/sql/sqlcommenter.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::detect {

enum class finding_class : std::uint8_t { n_plus_one, suspected, duplicate, write_loop };
[[nodiscard]] std::string_view to_string(finding_class c);
// The same back; nothing for any other word.
[[nodiscard]] std::optional<finding_class> parse_finding_class(std::string_view name);

struct finding_parent {
    sql::template_ptr statement;
    std::vector<std::string> columns;  // result columns, by name, that feed the child's keys
};

struct suggestion {
    std::string text;           // in the words of the ORM
    std::string orm;            // "django", "rails", …; empty when not recognised
    std::string batched_query;  // the one statement that would do; empty when there is none
};

// When the lookups of one loop ran, to draw a picture of: the loop that began last.
struct loop_timeline {
    static constexpr std::size_t lookups_max = 32;
    struct span {
        timestamp start;
        std::chrono::nanoseconds duration{0};
        bool local = false;  // answered by pgfold itself
    };
    timestamp parent_arrived;   // the rows that were looped over; the epoch when not known
    std::vector<span> lookups;  // the first ones, by start
    std::uint64_t total = 0;
    timestamp end;
};

struct finding {
    finding_class kind = finding_class::n_plus_one;
    sql::template_ptr statement;
    std::vector<std::string> key_columns;  // the child's compared columns: "organization_id"
    // Type OIDs of the values compared with them: of the parent's result columns, or as declared by
    // Parse. 0, or too short, where they are not known.
    std::vector<std::uint32_t> key_types;
    finding_parent parent;                 // statement is null when there is none
    std::uint64_t runs = 0;                // loops seen
    std::uint64_t lookups = 0;             // executions in them
    std::uint64_t distinct_arguments = 0;  // summed over the runs
    std::uint64_t rows = 0;
    std::uint64_t round_trips_avoidable = 0;  // what a batch would have saved
    std::uint64_t folded = 0;                 // lookups that pgfold answered itself
    std::uint64_t round_trips_saved = 0;      // one for each of them
    double total_ms = 0;                      // sum of the lookups' durations
    double window_share = 0;                  // total_ms / elapsed time of their windows, 0…1
    std::string database, user, application_name;
    sql::tag_list tags;
    timestamp first_seen, last_seen;
    loop_timeline timeline;
    std::string example;  // one literal text, or the text with its arguments
    suggestion advice;
    std::string not_folded_because;  // why the statement cannot be folded; empty when it can
    std::string suppressed_because;  // reason of the matching suppress rule; empty when none
};

}  // namespace pgfold::detect
