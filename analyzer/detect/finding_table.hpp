// All findings, by (class, database, parent, child, route). Bounded; thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/detect/finding.hpp"
#include "analyzer/detect/loop_report.hpp"

namespace pgfold::detect {

class finding_table {
public:
    // Takes the report in. Returns the finding when it is new.
    [[nodiscard]] std::optional<finding> add(const loop_report& report,
                                             const detector_settings& settings);
    // Completes a new finding with what takes longer than a lock should be held.
    void advise(const finding& f, const suggestion& advice);

    [[nodiscard]] std::vector<finding> snapshot() const;  // by total time, largest first
    [[nodiscard]] detector_hub::totals counts() const;
    void clear();

private:
    struct key {
        finding_class kind;
        std::uint64_t child_low, child_high, parent_low, parent_high;
        std::string database, route;
        friend bool operator==(const key&, const key&) = default;
    };
    struct key_hash {
        [[nodiscard]] std::size_t operator()(const key& k) const noexcept;
    };
    struct entry {
        finding found;
        std::chrono::nanoseconds duration{0}, elapsed{0};
    };
    [[nodiscard]] static key key_of(finding_class kind, const sql::statement_template& child,
                                    const sql::statement_template* parent,
                                    const std::string& database, const std::string& route);
    [[nodiscard]] bool make_room(std::size_t findings_max);

    mutable std::mutex mutex_;
    std::unordered_map<key, entry, key_hash> entries_;
    detector_hub::totals totals_;
};

}  // namespace pgfold::detect
