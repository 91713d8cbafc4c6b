// Executions whose answers are awaited, in wire order: they end in the order in which they started.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/detect/lookup_series.hpp"

namespace pgfold::detect {

struct pending_execution {
    execution_id id = 0;
    lookup_series* series = nullptr;  // null for those only followed as parents
    std::uint64_t number = 0;         // of its lookup in the series
    sql::template_ptr parent;         // FETCH: the statement of the cursor
};

// Keeps the count of what is in flight in each series.
class pending_executions {
public:
    static constexpr std::size_t in_flight_max = 4096;

    [[nodiscard]] bool empty() const { return first_ == entries_.size(); }
    [[nodiscard]] bool full() const { return entries_.size() - first_ >= in_flight_max; }

    void push(pending_execution pending);
    [[nodiscard]] const pending_execution* find(execution_id id) const;
    // Those before it that never ended are dropped: the session has lost count of them.
    [[nodiscard]] std::optional<pending_execution> take(execution_id id);

    void clear();
    void release_memory();  // when empty

private:
    void drop_first();

    std::vector<pending_execution> entries_;
    std::size_t first_ = 0;
};

}  // namespace pgfold::detect
