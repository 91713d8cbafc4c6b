// What unique indexes of a real server prove about lookups, and what they do not.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/catalog/uniqueness.hpp"
#include "unit/catalog/described.hpp"
#include "unit/catalog/loaded_catalog.hpp"
#include "unit/suggestion/throwaway_postgres.hpp"

namespace pgfold::catalog {
namespace {

constexpr oid int4 = 23, int8 = 20, text = 25, float8 = 701, bpchar = 1042;

class uniqueness_test : public testing::Test {
protected:
    static void SetUpTestSuite() {
        server_ = std::make_unique<test::throwaway_postgres>();
        server_->execute(R"(
            CREATE TABLE item (id bigint PRIMARY KEY, order_id int NOT NULL, line int NOT NULL,
                               code text, price numeric, tags text[]);
            CREATE UNIQUE INDEX ON item (order_id, line) INCLUDE (price);
            CREATE UNIQUE INDEX ON item (code);
            CREATE UNIQUE INDEX ON item (price) WHERE price > 0;
            CREATE UNIQUE INDEX ON item (lower(code));
            CREATE INDEX ON item (order_id);
            CREATE TABLE later (id int, UNIQUE (id) DEFERRABLE);
            CREATE VIEW seen AS SELECT * FROM item;
            CREATE MATERIALIZED VIEW kept AS SELECT * FROM item;
            CREATE UNIQUE INDEX ON kept (id);
            CREATE TABLE animal (id int PRIMARY KEY);
            CREATE TABLE dog (name text) INHERITS (animal);
            CREATE TABLE event (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
            CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1);
            CREATE UNIQUE INDEX ON event_1 (id);
            CREATE COLLATION nocase
                (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
            CREATE TABLE word (w text COLLATE nocase, x text COLLATE nocase, y text);
            CREATE UNIQUE INDEX ON word (w);
            CREATE UNIQUE INDEX ON word (x COLLATE "C");
            CREATE UNIQUE INDEX ON word (y COLLATE "C");
            CREATE TABLE coded (c text, id int PRIMARY KEY);
            CREATE UNIQUE INDEX ON coded (c text_pattern_ops);
            CREATE SCHEMA a;
            CREATE SCHEMA b;
            CREATE TABLE a.both (id int PRIMARY KEY);
            CREATE TABLE b.both (id int PRIMARY KEY);
            CREATE TABLE a.one (id int PRIMARY KEY);
            CREATE TABLE b.one (id int);
            CREATE FUNCTION several(int) RETURNS SETOF int LANGUAGE sql IMMUTABLE
                AS 'VALUES ($1), ($1)';
            CREATE FUNCTION a.count(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
        )");
        known_ = test::load_catalog(server_->conninfo()).known;
    }
    static void TearDownTestSuite() {
        known_.reset();
        server_.reset();
    }

    bool one_row(std::string_view lookup, const std::vector<oid>& types = {int8, int8, int8}) {
        return at_most_one_row(*known_, statements_.of(lookup), types);
    }
    bool ordered(std::string_view lookup, const std::vector<oid>& types = {int8, int8, int8}) {
        return order_is_total(*known_, statements_.of(lookup), types);
    }

    static inline std::unique_ptr<test::throwaway_postgres> server_;
    static inline catalog_ptr known_;
    statements statements_;
};

TEST_F(uniqueness_test, at_most_one_row) {
    for (const char* lookup : {
             "SELECT * FROM item WHERE id = $1",
             "SELECT i.price FROM public.item AS i WHERE $1 = i.id AND i.price > 3",
             "SELECT * FROM item WHERE id = 12",
             "SELECT * FROM item WHERE id IN ($1)",
             "SELECT * FROM item WHERE id = $1::int4",
             "SELECT * FROM item WHERE code = 'x'",
             "SELECT * FROM item WHERE order_id = $1 AND line = 3 AND id > 5",
             "SELECT * FROM item WHERE (line, order_id) = ($1, $2)",
             "SELECT lower(code), price * 2, current_date FROM item WHERE id = $1 LIMIT 1",
             "SELECT * FROM kept WHERE id = $1",
             "SELECT * FROM event WHERE id = $1 AND day = $2",
             "SELECT * FROM event_1 WHERE id = $1",
             "SELECT * FROM word WHERE w = 'x'",
             "SELECT * FROM word WHERE y = 'x'",
             "SELECT * FROM \"both\" WHERE id = $1",
             "SELECT * FROM a.one WHERE id = $1",
             "SELECT sum(price) FROM item WHERE order_id = $1",
             "SELECT max(price), min(line) FROM item i, word WHERE order_id = $1",
         })
        EXPECT_TRUE(one_row(lookup)) << lookup;
}

TEST_F(uniqueness_test, not_proven) {
    for (const char* lookup : {
             "SELECT * FROM item WHERE order_id = $1",
             "SELECT * FROM item WHERE price = $1",  // unique only in part
             "SELECT * FROM item WHERE lower(code) = 'x'",
             "SELECT * FROM item WHERE id = $1 OR line = 2",
             "SELECT * FROM item WHERE id IN ($1, $2)",
             "SELECT * FROM item WHERE id >= $1",
             "SELECT * FROM item WHERE NOT id = $1",
             "SELECT * FROM item WHERE id::float8 = $1",
             "SELECT * FROM item WHERE id = $1::float8",
             "SELECT * FROM item WHERE id OPERATOR(a.=) $1",
             "SELECT * FROM item",
             "SELECT * FROM item x, item y WHERE x.id = $1",
             "SELECT * FROM item x JOIN word ON true WHERE x.id = $1",
             "SELECT * FROM item, generate_series(1, 2) WHERE id = $1",
             "SELECT * FROM item, (VALUES (1), (2)) v WHERE id = $1",
             "SELECT * FROM item AS i (line, id) WHERE id = $1",
             "SELECT unnest(tags) FROM item WHERE id = $1",
             "SELECT several(1) FROM item WHERE id = $1",
             "SELECT nowhere(1) FROM item WHERE id = $1",
             "SELECT * FROM item WHERE id = $1 UNION ALL SELECT * FROM item WHERE id = $1",
             "WITH w AS (SELECT 1) SELECT * FROM item WHERE id = $1",
             "SELECT id FROM item WHERE id = $1 GROUP BY GROUPING SETS ((id), ())",
             "SELECT line, count(*) FROM item WHERE order_id = $1 GROUP BY line",
             "SELECT count(code) FROM item WHERE order_id = $1",  // of schema a, for some
             "SELECT count(*) OVER () FROM item WHERE order_id = $1",
             "SELECT unnest(array_agg(line)) FROM item WHERE order_id = $1",
             "UPDATE item SET line = 1 WHERE id = $1",
             "SELECT * FROM later WHERE id = $1",
             "SELECT * FROM seen WHERE id = $1",
             "SELECT * FROM animal WHERE id = $1",
             "SELECT * FROM dog WHERE id = $1",
             "SELECT * FROM event WHERE id = $1",
             "SELECT * FROM word WHERE x = 'x'",
             "SELECT * FROM coded WHERE c = 'x'",
             "SELECT * FROM one WHERE id = $1",
             "SELECT * FROM nowhere WHERE id = $1",
         })
        EXPECT_FALSE(one_row(lookup)) << lookup;
}

TEST_F(uniqueness_test, the_keys_type_counts) {
    const char* const by_id = "SELECT * FROM item WHERE id = $1";
    EXPECT_TRUE(one_row(by_id, {int4}));
    EXPECT_FALSE(one_row(by_id, {float8})) << "2^53 and 2^53 + 1 are one double";
    EXPECT_FALSE(one_row(by_id, {0}));
    EXPECT_FALSE(one_row(by_id, {}));
    const char* const by_code = "SELECT * FROM item WHERE code = $1";
    EXPECT_TRUE(one_row(by_code, {text}));
    EXPECT_FALSE(one_row(by_code, {bpchar})) << "it ignores trailing blanks";
}

TEST_F(uniqueness_test, total_order) {
    for (const char* lookup : {
             "SELECT * FROM item WHERE order_id = $1 ORDER BY line",
             "SELECT * FROM item i WHERE order_id = $1 ORDER BY i.price DESC, i.line LIMIT 1",
             "SELECT * FROM item ORDER BY lower(code), id DESC NULLS LAST OFFSET 3",
             "SELECT * FROM item WHERE line = 2 ORDER BY item.order_id",
             "SELECT i.id AS id, code FROM item i ORDER BY id",
             "SELECT lower(code) AS id, id FROM item i ORDER BY i.id",
             "SELECT DISTINCT id, line FROM item ORDER BY id",
             "SELECT * FROM item WHERE code = 'x' ORDER BY line",
             "SELECT max(line) FROM item WHERE order_id = $1 ORDER BY 1",
         })
        EXPECT_TRUE(ordered(lookup)) << lookup;
    for (const char* lookup : {
             "SELECT * FROM item WHERE order_id = $1",
             "SELECT * FROM item WHERE order_id = $1 ORDER BY price",
             "SELECT * FROM item WHERE order_id > $1 ORDER BY line",
             "SELECT * FROM item ORDER BY code",  // several may be NULL
             "SELECT * FROM item ORDER BY id % 10",
             "SELECT * FROM item ORDER BY id USING OPERATOR(a.<)",
             "SELECT lower(code) AS id FROM item ORDER BY id",
             "SELECT line AS id, id AS line FROM item ORDER BY id",
             "SELECT (id % 10)::int4, id::int2 FROM item ORDER BY id",
             "SELECT several(1), id FROM item ORDER BY id",
             "SELECT line, max(id) FROM item WHERE order_id = $1 GROUP BY line ORDER BY line",
             "SELECT row_number() OVER (ORDER BY price), id FROM item ORDER BY id",
             "SELECT * FROM item JOIN word ON true ORDER BY id",
             "SELECT * FROM animal ORDER BY id",
             "SELECT * FROM (SELECT * FROM item ORDER BY id) i",
         })
        EXPECT_FALSE(ordered(lookup)) << lookup;
}

// The last one: it changes the server.
TEST_F(uniqueness_test, odd_databases) {
    const auto odd = [] {
        const catalog_ptr known = test::load_catalog(server_->conninfo()).known;
        std::string marks;
        if (known->has_nondeterministic_collations()) marks += "collation ";
        if (known->odd().own_equality) marks += "equality ";
        if (known->odd().hidden_sets) marks += "sets ";
        return marks;
    };
    EXPECT_EQ(odd(), "collation ");
    server_->execute("DROP COLLATION nocase CASCADE");
    EXPECT_EQ(odd(), "");
    server_->execute(
        "CREATE FUNCTION of_item(item) RETURNS SETOF int LANGUAGE sql AS 'VALUES (1)'");
    EXPECT_EQ(odd(), "sets ");
    server_->execute(
        "DROP FUNCTION of_item; CREATE FUNCTION alike(int, text) RETURNS bool LANGUAGE sql"
        " IMMUTABLE AS 'SELECT true';"
        "CREATE OPERATOR = (LEFTARG = int, RIGHTARG = text, FUNCTION = alike)");
    EXPECT_EQ(odd(), "equality ");
    known_ = test::load_catalog(server_->conninfo()).known;
    EXPECT_FALSE(one_row("SELECT * FROM item WHERE id = $1"));
}

}  // namespace
}  // namespace pgfold::catalog
