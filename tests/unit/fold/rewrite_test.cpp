// The texts of batches, and the reasons why there is none. That they bring the right rows is shown
// on a real server (batched_children_test.cpp).

#include "proxy/fold/batch/rewrite.hpp"

#include <gtest/gtest.h>

#include "unit/fold/analyzed_lookup.hpp"

namespace pgfold::fold {
namespace {

constexpr std::uint32_t int4 = 23, text = 25, bpchar = 1042, numeric = 1700, uuid = 2950;

struct child_under_test {
    test::analyzed_lookup lookup;
    std::vector<child_key> keys;
    test::bytes description;

    child_under_test(std::string query, std::vector<child_key> of, std::vector<std::string> columns)
        : lookup(std::move(query)), keys(std::move(of)) {
        std::vector<test::backend::column> fields;
        for (auto& name : columns)
            fields.push_back({.name = std::move(name)});
        description = test::backend::row_description(fields);
        description.erase(description.begin(), description.begin() + 5);
    }
    [[nodiscard]] batched_child child() const {
        return {.text = lookup.text(),
                .statement = *lookup.statement(),
                .literals = lookup.literals(),
                .settings = {},
                .keys = keys,
                .row_description = description};
    }
};

std::string any_text(const child_under_test& c) {
    const auto result = rewrite_any(c.child());
    return result.query ? result.query->text : "refused: " + result.refusal;
}
std::string lateral_text(const child_under_test& c) {
    const auto result = rewrite_lateral(c.child());
    return result.query ? result.query->text : "refused: " + result.refusal;
}

TEST(RewriteAny, ComparesWithAnArrayAndCarriesTheKey) {
    const child_under_test c("SELECT a, b FROM t WHERE x = $1 AND id = $2 ORDER BY b", {{2, int4}},
                             {"a", "b"});
    const auto result = rewrite_any(c.child());
    ASSERT_TRUE(result.query) << result.refusal;
    EXPECT_EQ(result.query->text,
              "SELECT a, b, id AS pgfold_key1 FROM t WHERE x = $2 AND id = ANY($1::int[]) ORDER BY "
              "b");
    EXPECT_EQ(result.query->constants, std::vector<std::uint16_t>{1});
    EXPECT_EQ(result.query->key_types, std::vector<std::uint32_t>{int4});
    EXPECT_EQ(result.query->carried, (carried_columns{0, 1}));
    EXPECT_EQ(result.query->child_columns, 2);
}

TEST(RewriteAny, AllSpellingsOfAComparison) {
    for (const char* condition : {"id = 24", "id = -24", "id = '24'", "24 = id", "id IN (24)",
                                  "id = ('24'::int4)", "id = 24::integer", "'24'::int4 = id"})
        EXPECT_EQ(any_text({std::string("SELECT a FROM t WHERE ") + condition, {{1, int4}}, {"a"}}),
                  "SELECT a, id AS pgfold_key1 FROM t WHERE id = ANY($1::int[])")
            << condition;
    EXPECT_EQ(any_text({"SELECT a FROM t WHERE $1::integer = t.id", {{1, int4}}, {"a"}}),
              "SELECT a, t.id AS pgfold_key1 FROM t WHERE t.id = ANY($1::int[])");
    EXPECT_EQ(any_text({"SELECT a FROM s JOIN t ON s.i = t.i AND t.id = 3 WHERE s.x = 'y'",
                        {{1, int4}},
                        {"a"}}),
              "SELECT a, t.id AS pgfold_key1 FROM s JOIN t ON s.i = t.i AND t.id = ANY($1::int[]) "
              "WHERE s.x = 'y'");
}

TEST(RewriteAny, SeveralKeysAreARow) {
    EXPECT_EQ(
        any_text(
            {"SELECT q FROM s WHERE w = $1 AND p = $2 AND q > 0", {{1, int4}, {2, uuid}}, {"q"}}),
        "SELECT q, w AS pgfold_key1, p AS pgfold_key2 FROM s WHERE (w, p) IN (SELECT * FROM "
        "ROWS FROM (pg_catalog.unnest($1::int[]) , pg_catalog.unnest($2::pg_catalog.uuid[]) ) "
        "pgfold_k) AND q > 0");
}

TEST(RewriteAny, Refusals) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"SELECT a FROM t WHERE id = 1 LIMIT 5", "the lookup has a LIMIT or OFFSET"},
        {"SELECT count(*) FROM t WHERE id = 1", "the lookup aggregates"},
        {"SELECT a FROM t WHERE id = 1 GROUP BY a", "the lookup aggregates"},
        {"SELECT DISTINCT a FROM t WHERE id = 1", "the lookup is a SELECT DISTINCT"},
        {"SELECT rank() OVER (ORDER BY a) FROM t WHERE id = 1", "the lookup has a window function"},
        {"SELECT a FROM t WHERE id = 1 UNION SELECT 2",
         "the lookup is a UNION, INTERSECT or EXCEPT"},
        {"WITH x AS (SELECT 1) SELECT a FROM t WHERE id = 1", "the lookup has a WITH query"},
        {"SELECT a FROM t WHERE id = 1 FOR UPDATE",
         "the lookup locks rows (FOR UPDATE or FOR SHARE)"},
        {"SELECT nextval('s') FROM t WHERE id = 1", "the lookup calls nextval()"},
        {"SELECT a FROM (SELECT * FROM t WHERE id = 1) s",
         "the key's comparison is not a condition of the whole lookup"},
        {"SELECT a FROM s LEFT JOIN t ON s.i = t.i AND t.id = 1",
         "the key's comparison is not a condition of the whole lookup"},
        {"SELECT a FROM u LEFT JOIN (s JOIN t ON t.id = 1) ON true",
         "the key's comparison is not a condition of the whole lookup"},
        {"SELECT a FROM t WHERE id::text = '1'", "the key is not compared with a plain column"},
        {"SELECT a FROM t WHERE id = '1'::text::int4", "the key is cast to another type"},
        {"SELECT a FROM t WHERE id = 1::int8", "the key is cast to another type"},
        {"SELECT pgfold_k FROM t WHERE id = 1", "the lookup's text cannot be taken apart"},
    };
    for (const auto& [query, why] : cases) {
        // Literals before the key come before it in the numbering too.
        const bool second = query.find("nextval") != std::string::npos || query.starts_with("WITH");
        const auto parameter = static_cast<std::uint16_t>(second ? 2 : 1);
        EXPECT_EQ(any_text({query, {{parameter, int4}}, {"a"}}), "refused: " + why) << query;
    }
    EXPECT_EQ(any_text({"SELECT a FROM t WHERE id = $1 OR b = $1", {{1, int4}}, {"a"}}),
              "refused: the lookup compares no column with a parameter");
    EXPECT_EQ(any_text({"SELECT $1, a FROM t WHERE id = $1", {{1, int4}}, {"x", "a"}}),
              "refused: the key is used more than once");
    EXPECT_EQ(any_text({"SELECT a FROM t WHERE id = $1", {{1, numeric}}, {"a"}}),
              "refused: $1 is of type 1700, whose values are not followed");
    EXPECT_EQ(any_text({"SELECT a FROM t WHERE id = $1", {{1, 0}}, {"a"}}),
              "refused: $1 is of type 0, whose values are not followed");
    EXPECT_EQ(lateral_text({"SELECT a FROM t WHERE code = 24", {{1, text}}, {"a"}}),
              "refused: $1 is written as a number and described as none");
    EXPECT_EQ(any_text({"SELECT a FROM t WHERE id = $1", {{1, bpchar}}, {"a"}}),
              "refused: values of the key's type can be equal without being the same");
    EXPECT_EQ(any_text({"SELECT a FROM t WHERE id = $1", {{1, text}}, {"a"}}),
              "refused: the key's collation is not known to be deterministic");
    EXPECT_EQ(any_text({"SELECT a FROM t WHERE id = $1", {{1, int4}}, {}}),
              "refused: the lookup has no columns, or they are not known");
}

TEST(RewriteAny, TextThatDependsOnSettingsIsRefused) {
    const child_under_test c("SELECT 'a\\b' FROM t WHERE id = 1", {{2, int4}}, {"a"});
    auto child = c.child();
    EXPECT_TRUE(rewrite_any(child).query);
    child.settings.standard_conforming_strings = false;
    EXPECT_FALSE(rewrite_any(child).query);
}

TEST(RewriteLateral, KeepsTheChildAsItIs) {
    EXPECT_EQ(
        lateral_text(
            {"/*route='x'*/ SELECT  a -- why\n, b FROM t WHERE x=$1 AND id=$2 LIMIT $1; -- z",
             {{2, int4}},
             {"a", "b"}}),
        "SELECT pgfold_k.ord, pgfold_q.* FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.int4[])) "
        "WITH "
        "ORDINALITY AS pgfold_k(k1, ord) CROSS JOIN LATERAL (SELECT pgfold_c.*, "
        "pg_catalog.row_number() OVER () AS pgfold_n FROM (\nSELECT  a -- why\n, b FROM t WHERE "
        "x=$2 AND id= pgfold_k.k1  LIMIT $2\n) AS pgfold_c) AS pgfold_q ORDER BY pgfold_k.ord, "
        "pgfold_q.pgfold_n");
}

TEST(RewriteLateral, LiteralsAndSeveralKeys) {
    const child_under_test c(
        "SELECT a, a FROM t WHERE w = -3 AND k = 'x' AND $1::uuid = p AND z = $2",
        {{5, int4}, {1, uuid}}, {"a", "a"});
    // Literals are numbered behind the bound parameters: $3 is -3, $4 'x'.
    EXPECT_EQ(lateral_text(c), "refused: $5 is not compared with a column");
    const child_under_test d(
        "SELECT a, a FROM t WHERE w = -3 AND k = 'x' AND $1::uuid = p AND z = $2",
        {{3, int4}, {1, uuid}}, {"a", "a"});
    const auto result = rewrite_lateral(d.child());
    ASSERT_TRUE(result.query) << result.refusal;
    EXPECT_NE(result.query->text.find(
                  "unnest($1::pg_catalog.int4[]), pg_catalog.unnest($2::pg_catalog.uuid[])) WITH "
                  "ORDINALITY AS pgfold_k(k1, k2, ord)"),
              std::string::npos);
    EXPECT_NE(
        result.query->text.find(
            "SELECT a, a FROM t WHERE w =  pgfold_k.k1  AND k = 'x' AND  pgfold_k.k2 ::uuid = "
            "p AND z = $3\n) AS pgfold_c) AS pgfold_q"),
        std::string::npos)
        << result.query->text;
    EXPECT_EQ(result.query->constants, std::vector<std::uint16_t>{2});
    EXPECT_EQ(result.query->carried, (carried_columns{1, 1}));
}

TEST(RewriteLateral, Refusals) {
    EXPECT_EQ(lateral_text({"SELECT a FROM t WHERE id = 1 FOR SHARE", {{1, int4}}, {"a"}}),
              "refused: the lookup locks rows (FOR UPDATE or FOR SHARE)");
    EXPECT_EQ(lateral_text({"DELETE FROM t WHERE id = 1", {{1, int4}}, {"a"}}),
              "refused: the lookup is not a SELECT");
    EXPECT_EQ(lateral_text({"SELECT a FROM t WHERE id < 1 AND x = 2", {{1, int4}}, {"a"}}),
              "refused: $1 is not compared with a column");
    EXPECT_EQ(
        lateral_text(
            {"SELECT a FROM t WHERE id = " + std::string(20'000, ' ') + "1", {{1, int4}}, {"a"}}),
        "refused: the lookup's text is too long");
}

TEST(Describable, KeysBecomeParametersWithoutGaps) {
    const child_under_test c("SELECT a FROM t WHERE x = 'y' AND id = 24 AND z = $1", {{3, 0}},
                             {"a"});
    const auto described = describable_text(c.child());
    ASSERT_TRUE(described);
    EXPECT_EQ(described->text, "SELECT a FROM t WHERE x = 'y' AND id =  $2  AND z = $1");
    EXPECT_EQ(described->key_parameters, std::vector<std::uint16_t>{2});
}

}  // namespace
}  // namespace pgfold::fold
