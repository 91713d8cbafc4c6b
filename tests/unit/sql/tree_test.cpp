// Trees that are edited: what is written is read back, and where keys are compared.

#include <gtest/gtest.h>

#include "analyzer/sql/parse_stack.hpp"
#include "analyzer/sql/tree/conditions.hpp"
#include "analyzer/sql/tree/parse_tree.hpp"
#include "analyzer/sql/tree/tree_equality.hpp"

namespace pgfold::sql::tree {
namespace {

bool same(const std::string& left, const std::string& right) {
    bool result = false;
    parse_stack stack;
    EXPECT_TRUE(stack.run([&] {
        parse_tree a, b;
        const node* one = a.parse_statement(left);
        const node* other = b.parse_statement(right);
        ASSERT_NE(one, nullptr) << left;
        ASSERT_NE(other, nullptr) << right;
        result = same_meaning(&one->base, &other->base);
    }));
    return result;
}

TEST(TreeEquality, IgnoresWhatIsOnlySpelling) {
    EXPECT_TRUE(same("SELECT a FROM t WHERE id = 1", "select  A\nfrom t where ((id) = 1) -- x"));
    EXPECT_TRUE(same("SELECT a AS b FROM t x", "SELECT a b FROM t AS x"));
    EXPECT_TRUE(same("SELECT CAST(a AS int)", "SELECT a::integer"));
}

TEST(TreeEquality, SeesEveryDifference) {
    const std::pair<const char*, const char*> pairs[] = {
        {"SELECT a FROM t", "SELECT b FROM t"},
        {"SELECT a FROM t", "SELECT a, a FROM t"},
        {"SELECT a FROM t", "SELECT a FROM t WHERE true"},
        {"SELECT a FROM t WHERE x = 1", "SELECT a FROM t WHERE x = 2"},
        {"SELECT a FROM t WHERE x = 1", "SELECT a FROM t WHERE x = '1'"},
        {"SELECT a FROM t WHERE x = 1", "SELECT a FROM t WHERE x <> 1"},
        {"SELECT a FROM t WHERE x = 1.0", "SELECT a FROM t WHERE x = 1.00"},
        {"SELECT a FROM t WHERE x = $1", "SELECT a FROM t WHERE x = $2"},
        {"SELECT a FROM t WHERE x AND y", "SELECT a FROM t WHERE x OR y"},
        {"SELECT a FROM t WHERE x IN (1, 2)", "SELECT a FROM t WHERE x NOT IN (1, 2)"},
        {"SELECT a FROM t JOIN u ON true", "SELECT a FROM t LEFT JOIN u ON true"},
        {"SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC"},
        {"SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a NULLS FIRST"},
        {"SELECT a FROM t", "SELECT a FROM \"T\""},
        {"SELECT a FROM t", "SELECT a FROM ONLY t"},
        {"SELECT a FROM t", "SELECT a FROM s.t"},
        {"SELECT a::int", "SELECT a::int[]"},
        {"SELECT a::varchar(3)", "SELECT a::varchar(4)"},
        {"SELECT TRUE", "SELECT FALSE"},
    };
    for (const auto& [left, right] : pairs) {
        EXPECT_FALSE(same(left, right)) << left << " and " << right;
        EXPECT_TRUE(same(left, left));
        EXPECT_TRUE(same(right, right));
    }
}

// The column that $1 is compared with where that drops rows; empty if there is none.
std::string compared_column(const std::string& text) {
    std::string name;
    parse_stack stack;
    EXPECT_TRUE(stack.run([&] {
        parse_tree tree;
        node* statement = tree.parse_statement(text);
        ASSERT_NE(statement, nullptr) << text;
        const PgQuery__SelectStmt& select = *statement->select_stmt;
        const auto site =
            find_comparison(select.where_clause, select.from_clause, select.n_from_clause,
                            [](const node* value) { return parameter_number(value) == 1; });
        if (site) name = column_name(site->column);
    }));
    return name;
}

TEST(Conditions, OnlyWhereRowsAreDropped) {
    EXPECT_EQ(compared_column("SELECT 1 FROM t WHERE a = $1"), "a");
    EXPECT_EQ(compared_column("SELECT 1 FROM t WHERE x AND (y AND $1::int = t.a)"), "a");
    EXPECT_EQ(compared_column("SELECT 1 FROM t WHERE a IN ($1)"), "a");
    EXPECT_EQ(compared_column("SELECT 1 FROM t JOIN u ON t.x = u.x AND a = $1"), "a");
    EXPECT_EQ(compared_column("SELECT 1 FROM (t JOIN u ON a = $1) LEFT JOIN v ON true"), "a");
    for (const char* text :
         {"SELECT 1 FROM t WHERE x OR a = $1", "SELECT 1 FROM t WHERE NOT a = $1",
          "SELECT 1 FROM t WHERE a <> $1", "SELECT 1 FROM t WHERE a IN ($1, 2)",
          "SELECT 1 FROM t WHERE a NOT IN ($1)", "SELECT 1 FROM t WHERE a = ANY($1)",
          "SELECT 1 FROM t LEFT JOIN u ON a = $1", "SELECT 1 FROM t RIGHT JOIN u ON a = $1",
          "SELECT 1 FROM t FULL JOIN u ON a = $1",
          "SELECT 1 FROM v LEFT JOIN (t JOIN u ON a = $1) ON true",
          "SELECT 1 FROM (t JOIN u ON a = $1) RIGHT JOIN v ON true",
          "SELECT 1 FROM (t JOIN u ON a = $1) AS j", "SELECT a = $1 FROM t",
          "SELECT 1 FROM (SELECT * FROM t WHERE a = $1) s"})
        EXPECT_EQ(compared_column(text), "") << text;
}

}  // namespace
}  // namespace pgfold::sql::tree
