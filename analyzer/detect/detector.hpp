// Finds loops of lookups on one connection and proves where their keys come from.
//
// One `connection_detector` per connection, driven by the session's events; what connections share
// is in `detector_hub`: the findings and, for loops that a pool spreads over several connections,
// recent results and lookups of sibling connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/detect/finding.hpp"

namespace pgfold::detect {

struct suppression {  // every non-empty field must match; `route` and `table` are glob patterns
    std::string fingerprint, table, route, tag;  // tag: "key" or "key=value"
    std::string class_name;                      // empty: every class
    std::string reason;
};

struct detector_settings {
    std::uint32_t min_lookups = 5;
    std::chrono::nanoseconds idle_gap = std::chrono::seconds(1);
    std::uint32_t suspected_min = 10;
    std::size_t results_kept = 16;
    std::size_t result_bytes_max = 64 * 1024;
    std::size_t result_rows_max = 1000;
    std::size_t findings_max = 2000;
    std::vector<suppression> suppressions;
};

// One lookup that was attributed, for tests and for what builds on detection.
struct attribution {
    std::uint64_t connection_id = 0;
    execution_id lookup = 0;
    finding_class kind = finding_class::n_plus_one;
    std::uint64_t parent_connection_id = 0;
    execution_id parent = 0;  // execution whose result holds the keys; 0 when there is none
    struct column {
        std::uint32_t table_oid;
        std::int16_t attribute;
        std::uint16_t index;
    };
    std::vector<column> columns;  // of the parent's result, one per key of the child
    sql::template_ptr child_statement, parent_statement;
};

class connection_detector;
class foreign_keys;

class detector_hub {
public:
    explicit detector_hub(detector_settings settings);
    ~detector_hub();

    // Thread-safe. `text` is of a snapshot: findings by total_ms, largest first.
    [[nodiscard]] std::vector<finding> findings() const;
    void clear_findings();
    void update_settings(detector_settings settings);  // applies to windows that open later

    // What the catalog knows about keys, once it has been read. Null: nothing.
    void use_foreign_keys(std::shared_ptr<const foreign_keys> catalog);

    // Called for every finding that is new (first run of its group), on the detecting thread,
    // outside locks. Must be set before the first event.
    void on_new_finding(std::function<void(const finding&)> callback);
    void on_attribution(std::function<void(const attribution&)> callback);

    struct totals {
        std::uint64_t findings[4] = {};
        std::uint64_t n_plus_one_lookups = 0;
    };
    [[nodiscard]] totals counts() const;

    [[nodiscard]] std::unique_ptr<conversation_observer> connect();
    // The same, for those who also ask it something (connection_detector.hpp).
    [[nodiscard]] std::unique_ptr<connection_detector> connect_detector();

    struct implementation;

private:
    std::shared_ptr<implementation> implementation_;
};

}  // namespace pgfold::detect
