// Closures over shapes that real schemas seldom have: circles, towers, crowds. What single
// statements do is tested against a server (catalog_server_test.cpp).
#include <gtest/gtest.h>

#include <string>

#include "unit/catalog/described.hpp"
#include "unit/catalog/made_catalog.hpp"

namespace pgfold::catalog {
namespace {

class statement_effects_test : public testing::Test {
protected:
    std::string writes(made_catalog& rows, std::string_view text) {
        const catalog_ptr known = rows.build();
        return described_writes(effects_of(statements_.of(text), known.get()), *known);
    }
    std::string reads(made_catalog& rows, std::string_view text) {
        const catalog_ptr known = rows.build();
        return described_reads(effects_of(statements_.of(text), known.get()), *known);
    }
    statements statements_;
};

TEST_F(statement_effects_test, foreign_keys_in_a_circle) {
    made_catalog rows;
    rows.table(1, "a").table(2, "b").table(3, "c");
    rows.foreign_key(2, "{1}", 1, "{1}", "c").foreign_key(3, "{1}", 2, "{1}", "c");
    rows.foreign_key(1, "{1}", 3, "{1}", "c");
    EXPECT_EQ(writes(rows, "DELETE FROM b"), "a b c");
}

TEST_F(statement_effects_test, an_action_may_set_off_another_kind) {
    // a deleted → b.a_id NULL → c follows b.a_id ON UPDATE, not b.id
    const auto schema = [](made_catalog& rows) {
        rows.table(1, "a").table(2, "b", "r", {"id", "a_id"});
        rows.table(3, "c", "r", {"b_a_id"}).table(4, "d", "r", {"b_id"});
        rows.foreign_key(2, "{2}", 1, "{1}", "n", "a");
        rows.foreign_key(3, "{1}", 2, "{2}", "a", "c");
        rows.foreign_key(4, "{1}", 2, "{1}", "c", "c");
    };
    made_catalog one;
    schema(one);
    EXPECT_EQ(writes(one, "DELETE FROM a"), "a b c");
    made_catalog other;
    schema(other);
    EXPECT_EQ(writes(other, "UPDATE b SET id = 1"), "b d");
}

TEST_F(statement_effects_test, a_trigger_far_away) {
    made_catalog rows;
    rows.table(1, "a").table(2, "b").table(3, "c");
    rows.foreign_key(2, "{1}", 1, "{1}", "c").foreign_key(3, "{1}", 2, "{1}", "c").trigger(3);
    EXPECT_EQ(writes(rows, "DELETE FROM a"),
              "everything: writes c, which has a trigger that calls fires()");
}

TEST_F(statement_effects_test, views_upon_views) {
    made_catalog rows;
    rows.table(1, "base");
    constexpr oid height = 5'000;
    for (oid i = 2; i <= height; ++i) {
        const std::string name = "v" + std::to_string(i);
        rows.add(catalog_part::relations, {std::to_string(i), "2200", name, "v", "f", "f"});
        rows.view_reads(i, i - 1);
    }
    EXPECT_EQ(reads(rows, "SELECT * FROM v5000"), "base");
}

TEST_F(statement_effects_test, a_view_of_what_is_not_there) {
    made_catalog rows;
    rows.table(1, "v", "v").view_reads(1, 77);
    EXPECT_EQ(reads(rows, "SELECT * FROM v"), "? reads a table that is not in the catalog");
    made_catalog again;
    again.table(1, "v", "v").view_reads(1, 77);
    EXPECT_EQ(writes(again, "DELETE FROM v"),
              "everything: writes a table that is not in the catalog");
}

TEST_F(statement_effects_test, inheritance_in_a_circle_and_many_parents) {
    made_catalog rows;
    rows.table(1, "a").table(2, "b").table(3, "c").inherits(2, 1).inherits(1, 2).inherits(3, 1);
    rows.inherits(3, 2);
    EXPECT_EQ(reads(rows, "SELECT * FROM b"), "a b c");
}

TEST_F(statement_effects_test, a_crowd_of_partitions_is_everything) {
    const auto crowd = [](made_catalog& rows) {
        rows.table(1, "all_of_them", "p");
        for (oid i = 2; i < 700; ++i) {
            const std::string name = "p" + std::to_string(i);
            rows.add(catalog_part::relations, {std::to_string(i), "2200", name, "r", "f", "f"});
            rows.inherits(i, 1);
        }
    };
    made_catalog rows;
    crowd(rows);
    EXPECT_EQ(writes(rows, "DELETE FROM all_of_them"), "everything: writes too many tables");
    made_catalog again;
    crowd(again);
    EXPECT_EQ(reads(again, "SELECT * FROM all_of_them"), "? reads too many tables");
    made_catalog part;
    crowd(part);
    EXPECT_EQ(writes(part, "DELETE FROM p5"), "p5");
}

TEST_F(statement_effects_test, nested_too_deeply_to_tell) {
    sql::statement_template deep;
    deep.kind = sql::statement_kind::select;
    deep.facts_incomplete = true;
    made_catalog rows;
    const catalog_ptr known = rows.build();
    const statement_effects e = effects_of(deep, known.get());
    EXPECT_TRUE(e.writes_everything);
    EXPECT_FALSE(e.reads_known);
}

// A statement of a kind that was added since must not pass for a harmless one.
TEST_F(statement_effects_test, every_kind_has_been_thought_of) {
    made_catalog rows;
    const catalog_ptr known = rows.build();
    for (int kind = 0; kind < 256; ++kind) {
        sql::statement_template statement;
        statement.kind = static_cast<sql::statement_kind>(kind);
        const statement_effects e = effects_of(statement, known.get());
        if (kind > static_cast<int>(sql::statement_kind::other_utility)) {
            EXPECT_TRUE(e.writes_everything) << kind;
        }
        EXPECT_TRUE(!e.writes_everything || e.writes.empty());
    }
}

}  // namespace
}  // namespace pgfold::catalog
