#include "analyzer/detect/advice/naming.hpp"

#include <gtest/gtest.h>

namespace pgfold::detect::advice {
namespace {

TEST(Naming, SingularAndPlural) {
    const std::pair<std::string_view, std::string_view> words[] = {
        {"employee", "employees"}, {"category", "categories"},
        {"box", "boxes"},          {"branch", "branches"},
        {"day", "days"},           {"order_item", "order_items"},
        {"address", "addresses"},
    };
    for (const auto& [one, many] : words) {
        EXPECT_EQ(plural(one), many);
        EXPECT_EQ(singular(many), one);
        EXPECT_EQ(plural(many), many);
        EXPECT_EQ(singular(one), one);
    }
    EXPECT_EQ(singular("status"), "status");
    EXPECT_EQ(plural(""), "");
}

TEST(Naming, Classes) {
    EXPECT_EQ(class_name("order_items"), "OrderItem");
    EXPECT_EQ(class_name("Employee"), "Employee");
    EXPECT_EQ(camel_case("order_item"), "orderItem");
}

TEST(Naming, AssociationsAreNamedByTheirForeignKey) {
    EXPECT_EQ(association_of("organization_id", "id"), "organization");
    EXPECT_EQ(association_of("authorId", "id"), "author");
    EXPECT_EQ(association_of("country_code", "code"), "country");
    EXPECT_EQ(association_of("name", "id"), "");
}

TEST(Naming, KeysAreToldByTheirNames) {
    EXPECT_TRUE(is_primary_key_name("id", "employee"));
    EXPECT_TRUE(is_primary_key_name("employee_id", "employees"));
    EXPECT_TRUE(is_primary_key_name("EmployeeId", "employees"));
    EXPECT_FALSE(is_primary_key_name("organization_id", "employee"));
    EXPECT_TRUE(is_foreign_key_name("organization_id", "organization", "id"));
    EXPECT_TRUE(is_foreign_key_name("parent_id", "category", "id"));
    EXPECT_TRUE(is_foreign_key_name("organizationId", "organizations", "id"));
    EXPECT_TRUE(is_foreign_key_name("country_code", "customer", "code"));
    EXPECT_FALSE(is_foreign_key_name("id", "organization", "id"));
    EXPECT_FALSE(is_foreign_key_name("paid", "orders", "id"));
    EXPECT_FALSE(is_foreign_key_name("x", "orders", ""));
}

}  // namespace
}  // namespace pgfold::detect::advice
