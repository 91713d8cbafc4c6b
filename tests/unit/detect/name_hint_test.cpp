#include "analyzer/detect/name_hint.hpp"

#include <gtest/gtest.h>

#include "unit/detect/conversation.hpp"

namespace pgfold::detect {
namespace {

TEST(name_hint, foreign_keys_by_convention) {
    EXPECT_TRUE(names_agree("employee", "organization_id", {"organization", "id"}));
    EXPECT_TRUE(names_agree("employees", "organization_id", {"organizations", "id"}));
    EXPECT_TRUE(names_agree("product", "id", {"order_item", "product_id"}));
    EXPECT_TRUE(names_agree("Product", "id", {"OrderItem", "productId"}));
    EXPECT_TRUE(names_agree("country", "code", {"customer", "country_code"}));
    EXPECT_TRUE(names_agree("categories", "id", {"product", "category_id"}));
    EXPECT_TRUE(names_agree("stock_level", "product_id", {"shipment_line", "product_id"}));
    EXPECT_TRUE(names_agree("employee", "id", {"employee", "id"}));
}

TEST(name_hint, a_prefix_that_tables_share_is_in_no_foreign_key) {
    EXPECT_TRUE(names_agree("shop_author", "id", {"shop_book", "author_id"}));
    EXPECT_TRUE(names_agree("shop_books", "author_id", {"shop_authors", "id"}));
    EXPECT_TRUE(names_agree("crm_sales_lead", "id", {"crm_sales_call", "lead_id"}));
    EXPECT_FALSE(names_agree("shop_author", "id", {"shop_book", "id"}));
    EXPECT_FALSE(names_agree("shop_author", "id", {"blog_post", "author_id"}));
    EXPECT_FALSE(names_agree("shop_author", "id", {"shop_", "author_id"}));
}

TEST(name_hint, ids_of_different_tables_do_not_agree) {
    EXPECT_FALSE(names_agree("employee", "id", {"event_log", "id"}));
    EXPECT_FALSE(names_agree("employee", "organization_id", {"customer", "id"}));
    EXPECT_FALSE(names_agree("orders", "customer_id", {"orders", "customer_id"}));
    EXPECT_FALSE(names_agree("", "", {"", ""}));
}

sql::template_ptr statement(const std::string& text, std::vector<sql::table_reference> tables) {
    auto s = std::make_shared<sql::statement_template>();
    s->normalized_text = text;
    s->tables_read = std::move(tables);
    return s;
}

TEST(name_hint, aliases_lead_back_to_columns) {
    const auto hibernate = statement(
        "select organiza0_.id as id4_, organiza0_.name as name4_ from organization organiza0_",
        {{"", "organization", "organiza0_"}});
    const named_column id = resolve_column(*hibernate, "id4_");
    EXPECT_EQ(id.table, "organization");
    EXPECT_EQ(id.column, "id");

    const auto typeorm = statement(
        "SELECT \"e\".\"id\" AS \"e_id\", \"o\".\"id\" AS \"o_id\" FROM \"employee\" \"e\" INNER "
        "JOIN \"organization\" \"o\" ON true",
        {{"", "employee", "e"}, {"", "organization", "o"}});
    EXPECT_EQ(resolve_column(*typeorm, "o_id").table, "organization");
    EXPECT_EQ(resolve_column(*typeorm, "o_id").column, "id");
}

TEST(name_hint, qualified_columns_name_their_table) {
    const auto join = statement("SELECT o.status, c.email FROM orders o JOIN customer c ON true",
                                {{"", "orders", "o"}, {"", "customer", "c"}});
    EXPECT_EQ(resolve_column(*join, "email").table, "customer");
    EXPECT_EQ(resolve_column(*join, "nowhere").table, "");
}

TEST(name_hint, labels_that_stand_elsewhere_do_not_confuse) {
    const auto odd = statement("SELECT id AS", {{"", "t", ""}});
    EXPECT_EQ(resolve_column(*odd, "id").column, "id");
    EXPECT_EQ(resolve_column(*odd, "AS").column, "AS");
    EXPECT_EQ(resolve_column(*odd, "").column, "");
}

}  // namespace
}  // namespace pgfold::detect
