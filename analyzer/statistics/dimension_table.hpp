// (database, user, route) → dimension_id and back. Names are only ever added, so an id stays valid.
// Not thread-safe; the shard locks.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::statistics {

struct dimension_names {
    std::string database, user, route;
};

class dimension_table {
public:
    static constexpr dimension_id other = 0;            // all three names empty
    static constexpr std::size_t name_bytes_max = 256;  // longer names are cut

    explicit dimension_table(std::size_t dimensions_max);

    // When the table is full, the triple without its route, and failing that `other`.
    [[nodiscard]] dimension_id intern(std::string_view database, std::string_view user,
                                      std::string_view route);
    [[nodiscard]] const dimension_names& names(dimension_id id) const { return names_[id]; }

private:
    [[nodiscard]] std::optional<dimension_id> find_or_add(std::string_view database,
                                                          std::string_view user,
                                                          std::string_view route,
                                                          std::size_t size_max);

    std::size_t dimensions_max_;
    std::string scratch_;  // the key looked for: the names, each ended by a NUL
    std::unordered_map<std::string, dimension_id> ids_;
    std::deque<dimension_names> names_;
};

}  // namespace pgfold::statistics
