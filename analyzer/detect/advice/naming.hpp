// Conventions of names that databases and ORMs share: keys, singular and plural, classes.
#pragma once

#include <string>
#include <string_view>

namespace pgfold::detect::advice {

[[nodiscard]] std::string singular(std::string_view word);  // "categories" -> "category"
[[nodiscard]] std::string plural(std::string_view word);    // "category" -> "categories"

// "order_items" -> "OrderItem"
[[nodiscard]] std::string class_name(std::string_view table);
// "order_item" -> "orderItem"
[[nodiscard]] std::string camel_case(std::string_view name);

// What an association by this foreign key is called: "organization_id" -> "organization",
// "countryCode" -> "country". Empty where the name says nothing.
[[nodiscard]] std::string association_of(std::string_view foreign_key, std::string_view referenced);

// By its name alone, `column` identifies a row of `table`: id, uuid, <table>_id.
[[nodiscard]] bool is_primary_key_name(std::string_view column, std::string_view table);

// By their names, `column` refers to `referenced` (a column of `table`): "organization_id" to "id"
// of organization, "country_code" to "code".
[[nodiscard]] bool is_foreign_key_name(std::string_view column, std::string_view table,
                                       std::string_view referenced);

}  // namespace pgfold::detect::advice
