// The statements of one connection whose executions are followed, a bounded number of them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "analyzer/detect/lookup_series.hpp"

namespace pgfold::detect {

class series_list {
public:
    static constexpr std::size_t series_max = 64;
    static constexpr std::size_t series_per_statement_max = 8;  // other LIMITs, other requests

    [[nodiscard]] lookup_series* find(const sql::statement_template& statement,
                                      std::uint64_t signature, std::uint64_t request);
    // The series that must be removed before one of this statement is added; null for none.
    [[nodiscard]] lookup_series* in_the_way_of(const sql::statement_template& statement) const;
    // Null when every place is held by a series with answers under way.
    [[nodiscard]] lookup_series* add(sql::template_ptr statement, std::uint64_t signature,
                                     std::uint64_t request);
    void remove(const lookup_series& series);
    void remove_idle();  // those without answers under way
    void clear() { series_.clear(); }

    [[nodiscard]] bool is_proven_loop(const sql::statement_template& statement) const;

    [[nodiscard]] bool empty() const { return series_.empty(); }
    [[nodiscard]] auto begin() const { return series_.begin(); }
    [[nodiscard]] auto end() const { return series_.end(); }

private:
    std::vector<std::unique_ptr<lookup_series>> series_;  // about: most recently used first
};

}  // namespace pgfold::detect
