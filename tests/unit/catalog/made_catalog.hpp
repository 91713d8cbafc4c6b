// Catalogs made by hand, as rows of the catalog queries.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/catalog/catalog_builder.hpp"

namespace pgfold::catalog {

using row_values = std::vector<std::optional<std::string_view>>;

// Tables are numbered as the test likes; all are in public (2200).
class made_catalog {
public:
    explicit made_catalog(catalog_limits limits = {}) : builder_(limits) {
        add(catalog_part::schemas, {"2200", "public"});
        add(catalog_part::schemas, {"11", "pg_catalog"});
    }

    bool add(catalog_part part, const row_values& values) { return builder_.add_row(part, values); }

    made_catalog& table(oid id, std::string_view name, std::string_view kind = "r",
                        std::initializer_list<std::string_view> columns = {"id"}) {
        const std::string number = std::to_string(id);
        add(catalog_part::relations, {number, "2200", name, kind, "f", "f"});
        int attribute = 0;
        for (const std::string_view column : columns) {
            const std::string place = std::to_string(++attribute);
            add(catalog_part::columns, {number, place, column, "23", "t", "t", "f"});
        }
        return *this;
    }
    made_catalog& foreign_key(oid from, std::string_view from_columns, oid to,
                              std::string_view to_columns, std::string_view on_delete = "a",
                              std::string_view on_update = "a") {
        add(catalog_part::foreign_keys, {std::to_string(from), std::to_string(to), from_columns,
                                         to_columns, on_delete, on_update});
        return *this;
    }
    made_catalog& view_reads(oid view, oid table) {
        add(catalog_part::expressions,
            {std::to_string(view), "view", "relid", std::to_string(table)});
        return *this;
    }
    made_catalog& inherits(oid child, oid parent) {
        add(catalog_part::inheritance, {std::to_string(child), std::to_string(parent)});
        return *this;
    }
    // Fires on everything and calls a function that is volatile.
    made_catalog& trigger(oid table) {
        add(catalog_part::functions,
            {"90000", "2200", "fires", "v", std::nullopt, "f", "f", "f", "f", "f"});
        add(catalog_part::triggers, {std::to_string(table), "90000", "60"});
        return *this;
    }

    [[nodiscard]] catalog_ptr build() { return builder_.build(); }

private:
    catalog_builder builder_;
};

}  // namespace pgfold::catalog
