// What foreign keys say about a column of a parent's result and the column that a child compares.
#pragma once

#include <memory>

#include "analyzer/catalog/catalog_directory.hpp"
#include "analyzer/detect/foreign_keys.hpp"

namespace pgfold::catalog {

// A column that a foreign key ties to another one, followed to its end.
//
// related: both are the same column, or foreign keys lead both to the same one.
// unrelated: foreign keys lead them to different columns. A column that no key leads from or to
// says nothing: many schemas have no keys, or tables that share their keys without saying so.
[[nodiscard]] detect::key_relation relation_of(const catalog& known, oid parent_table,
                                               std::int16_t parent_attribute,
                                               const sql::key_comparison& child);

class catalog_foreign_keys final : public detect::foreign_keys {
public:
    explicit catalog_foreign_keys(std::shared_ptr<const catalog_directory> databases)
        : databases_(std::move(databases)) {}

    [[nodiscard]] detect::key_relation relation(std::string_view database,
                                                std::uint32_t parent_table_oid,
                                                std::int16_t parent_attribute,
                                                const sql::key_comparison& child) const override;

private:
    std::shared_ptr<const catalog_directory> databases_;
};

}  // namespace pgfold::catalog
