// What foreign keys say about two columns.
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "analyzer/catalog/catalog_foreign_keys.hpp"
#include "unit/catalog/made_catalog.hpp"

namespace pgfold::catalog {
namespace {

using detect::key_relation;

constexpr oid customer = 1, order = 2, product = 3, line = 4, invoice = 5, loose = 6, note = 7;

catalog_ptr shop() {
    made_catalog rows;
    rows.table(customer, "customer").table(order, "order", "r", {"id", "customer_id"});
    rows.table(product, "product").table(line, "line", "r", {"order_id", "product_id", "place"});
    rows.table(invoice, "invoice", "r", {"id", "customer_id"}).table(loose, "loose", "r", {"id"});
    rows.table(note, "note", "r", {"line_order_id", "line_place"});
    rows.foreign_key(order, "{2}", customer, "{1}").foreign_key(line, "{1}", order, "{1}");
    rows.foreign_key(line, "{2}", product, "{1}").foreign_key(invoice, "{2}", customer, "{1}");
    rows.foreign_key(note, "{1,2}", line, "{1,3}");
    return rows.build();
}

key_relation relation(oid parent, std::int16_t attribute, std::string table, std::string column) {
    sql::key_comparison child;
    child.table = std::move(table);
    child.column = std::move(column);
    return relation_of(*shop(), parent, attribute, child);
}

TEST(catalog_foreign_keys_test, both_ways_and_through_others) {
    EXPECT_EQ(relation(customer, 1, "order", "customer_id"), key_relation::related);
    EXPECT_EQ(relation(order, 2, "customer", "id"), key_relation::related);
    EXPECT_EQ(relation(order, 2, "invoice", "customer_id"), key_relation::related) << "siblings";
    EXPECT_EQ(relation(order, 1, "order", "id"), key_relation::related) << "the same column";
    EXPECT_EQ(relation(order, 1, "note", "line_order_id"), key_relation::related) << "two steps";
    EXPECT_EQ(relation(line, 3, "note", "line_place"), key_relation::related) << "composite";
}

TEST(catalog_foreign_keys_test, keys_of_different_things) {
    EXPECT_EQ(relation(order, 1, "order", "customer_id"), key_relation::unrelated);
    EXPECT_EQ(relation(product, 1, "line", "order_id"), key_relation::unrelated);
    EXPECT_EQ(relation(order, 2, "product", "id"), key_relation::unrelated);
    EXPECT_EQ(relation(customer, 1, "product", "id"), key_relation::unrelated);
}

TEST(catalog_foreign_keys_test, silence_says_nothing) {
    EXPECT_EQ(relation(loose, 1, "customer", "id"), key_relation::unknown);
    EXPECT_EQ(relation(invoice, 1, "product", "id"), key_relation::unknown)
        << "nothing refers to it";
    EXPECT_EQ(relation(customer, 1, "nowhere", "id"), key_relation::unknown);
    EXPECT_EQ(relation(customer, 1, "order", "no_column"), key_relation::unknown);
    EXPECT_EQ(relation(99, 1, "order", "id"), key_relation::unknown);
    EXPECT_EQ(relation(customer, 1, "", "id"), key_relation::unknown);
}

TEST(catalog_foreign_keys_test, keys_in_a_circle_end) {
    made_catalog rows;
    rows.table(1, "a").table(2, "b").table(3, "c");
    rows.foreign_key(1, "{1}", 2, "{1}").foreign_key(2, "{1}", 1, "{1}");
    rows.foreign_key(3, "{1}", 3, "{1}");
    const catalog_ptr known = rows.build();
    sql::key_comparison child;
    child.table = "b";
    child.column = "id";
    EXPECT_EQ(relation_of(*known, 1, 1, child), key_relation::related);
    child.table = "c";
    EXPECT_EQ(relation_of(*known, 1, 1, child), key_relation::unrelated);
}

TEST(catalog_foreign_keys_test, by_database) {
    const auto directory = std::make_shared<catalog_directory>();
    const catalog_foreign_keys keys(directory);
    sql::key_comparison child;
    child.table = "order";
    child.column = "customer_id";
    EXPECT_EQ(keys.relation("shop", customer, 1, child), key_relation::unknown);
    const auto database = directory->database("shop");
    EXPECT_TRUE(database->publish(shop(), database->generation()));
    EXPECT_EQ(keys.relation("shop", customer, 1, child), key_relation::related);
    EXPECT_EQ(keys.relation("other", customer, 1, child), key_relation::unknown);
    database->invalidate();
    EXPECT_EQ(keys.relation("shop", customer, 1, child), key_relation::unknown);
}

TEST(catalog_directory_test, a_load_that_ddl_overtook_is_worth_nothing) {
    database_catalog database("d");
    const std::uint64_t loaded_from = database.generation();
    database.invalidate();
    EXPECT_FALSE(database.publish(shop(), loaded_from));
    EXPECT_EQ(database.current().known, nullptr);
    EXPECT_TRUE(database.publish(shop(), database.generation()));
    EXPECT_NE(database.current().known, nullptr);
    EXPECT_FALSE(database.publish(nullptr, database.generation()));
}

TEST(database_catalog_test, what_was_known_before_ddl_can_be_compared_with) {
    database_catalog database("shop");
    EXPECT_EQ(database.previous(), nullptr);
    const catalog_ptr first = shop();
    EXPECT_TRUE(database.publish(first, database.generation()));
    EXPECT_EQ(database.previous(), nullptr);
    database.invalidate();
    database.invalidate();
    EXPECT_EQ(database.previous(), first);
    EXPECT_EQ(database.current().known, nullptr);
    const auto generation = database.generation();
    EXPECT_TRUE(database.publish(first, generation));
    EXPECT_NE(database.generation(), generation);
    EXPECT_EQ(database.previous(), nullptr);
    database.invalidate();
    database.forget_previous();
    EXPECT_EQ(database.previous(), nullptr);
}

TEST(catalog_directory_test, past_its_limit_databases_have_no_catalog) {
    catalog_directory directory;
    for (std::size_t i = 0; i < catalog_directory::databases_max; ++i)
        (void)directory.database("d" + std::to_string(i));
    const auto shared = directory.database("one more");
    EXPECT_EQ(shared, directory.database("and another"));
    EXPECT_NE(shared, directory.database("d1"));
    EXPECT_FALSE(shared->publish(shop(), shared->generation()));
}

TEST(catalog_directory_test, readers_while_it_changes) {
    database_catalog database("d");
    const catalog_ptr known = shop();
    std::thread writer([&] {
        for (int i = 0; i < 2'000; ++i) {
            if (i % 2 == 0)
                (void)database.publish(known, database.generation());
            else
                database.invalidate();
        }
    });
    for (int i = 0; i < 2'000; ++i) {
        const database_catalog::view seen = database.current();
        EXPECT_TRUE(seen.known == nullptr || seen.known == known);
        EXPECT_LE(seen.generation, database.generation());
    }
    writer.join();
}

}  // namespace
}  // namespace pgfold::catalog
