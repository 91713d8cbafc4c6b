// The recent results of a connection's siblings: those of one client pool (sibling_pool.hpp). For
// what builds on detection.
#pragma once

#include <memory>
#include <vector>

#include "analyzer/detect/stored_result.hpp"

namespace pgfold::detect {

class sibling_results {
public:
    // Quick, for every lookup.
    [[nodiscard]] virtual bool has_shared_results() const = 0;
    // Complete ones, of all connections of the pool, the oldest first. `statement` null: of any
    // statement.
    [[nodiscard]] virtual std::vector<std::shared_ptr<const result_record>> shared_results(
        const sql::statement_template* statement) const = 0;

protected:
    ~sibling_results() = default;
};

}  // namespace pgfold::detect
