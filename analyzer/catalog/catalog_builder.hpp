// Makes a catalog of the rows of catalog_queries(), given query by query in any order, values in
// text format.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/catalog/catalog.hpp"
#include "analyzer/catalog/catalog_queries.hpp"

namespace pgfold::catalog {

struct catalog_limits {
    std::size_t relations_max = 100'000;
    std::size_t functions_max = 200'000;
    std::size_t rows_max = 4'000'000;  // of all queries together
};

class catalog_builder {
public:
    explicit catalog_builder(catalog_limits limits = {});
    ~catalog_builder();
    catalog_builder(const catalog_builder&) = delete;
    catalog_builder& operator=(const catalog_builder&) = delete;

    // False when a limit is passed or the row is not what its query answers; it stays false, since
    // half a catalog would be worse than none.
    bool add_row(catalog_part part, std::span<const std::optional<std::string_view>> values);

    // Null after a failure. The builder is empty then.
    [[nodiscard]] catalog_ptr build();

private:
    struct loose_rows;

    bool add(catalog_part part, std::span<const std::optional<std::string_view>> values);
    void attach_all();

    catalog_limits limits_;
    std::shared_ptr<catalog> made_;
    std::unique_ptr<loose_rows> rows_;
    std::size_t row_count_ = 0;
    bool failed_ = false;
};

}  // namespace pgfold::catalog
