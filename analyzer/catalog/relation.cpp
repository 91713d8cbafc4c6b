#include "analyzer/catalog/relation.hpp"

#include <algorithm>

#include "analyzer/catalog/harmless_functions.hpp"

namespace pgfold::catalog {

const column* relation::find_column(std::int16_t number) const {
    const auto found =
        std::lower_bound(columns.begin(), columns.end(), number,
                         [](const column& c, std::int16_t wanted) { return c.number < wanted; });
    return found != columns.end() && found->number == number ? &*found : nullptr;
}

const column* relation::find_column(std::string_view column_name) const {
    const auto found = std::find_if(columns.begin(), columns.end(), [column_name](const column& c) {
        return c.name == column_name;
    });
    return found != columns.end() ? &*found : nullptr;
}

bool relation::is_key(const std::vector<std::int16_t>& columns_given) const {
    return std::any_of(
        unique_indexes.begin(), unique_indexes.end(), [&](const unique_index& index) {
            return std::all_of(index.columns.begin(), index.columns.end(), [&](std::int16_t n) {
                const column* c = find_column(n);
                return c != nullptr && c->not_null &&
                       std::find(columns_given.begin(), columns_given.end(), n) !=
                           columns_given.end();
            });
        });
}

bool function::writes_no_table() const {
    if (stability != volatility::volatile_ || is_known_harmless) return true;
    return is_builtin && is_harmless_builtin(name);
}

}  // namespace pgfold::catalog
