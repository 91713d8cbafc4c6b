// What a template knows about its statement, in the spellings of drivers and ORMs.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::sql {
namespace {

// "table.column=$1::cast IN JOIN", the marks where they apply.
std::string describe(const key_comparison& key) {
    std::string text = key.schema.empty() ? "" : key.schema + ".";
    text += key.table + "." + key.column + (key.column_cast ? "::" : "") + "=$" +
            std::to_string(key.parameter);
    if (!key.cast.empty()) text += "::" + key.cast;
    if (key.in_list) text += " IN";
    if (key.in_join) text += " JOIN";
    return text;
}

std::string describe(const std::vector<table_reference>& tables) {
    std::string text;
    for (const table_reference& t : tables) {
        if (!text.empty()) text += " ";
        if (!t.schema.empty()) text += t.schema + ".";
        text += t.name;
        if (!t.alias.empty()) text += "/" + t.alias;
    }
    return text;
}

std::string describe(const std::vector<parameter_role>& roles) {
    static const char* const names[] = {"other", "key",    "range", "in",    "any",
                                        "limit", "offset", "set",   "insert"};
    std::string text;
    for (const parameter_role role : roles) {
        if (!text.empty()) text += " ";
        text += names[static_cast<int>(role)];
    }
    return text;
}

class statement_facts_test : public testing::Test {
protected:
    const statement_template& of(std::string_view text) {
        const analysis a = analyzer_.analyze(text);
        EXPECT_TRUE(a.statement) << text;
        static const statement_template none;
        held_.push_back(a.statement);
        return a.statement ? *a.statement : none;
    }
    std::string keys(std::string_view text) {
        std::string described;
        for (const key_comparison& key : of(text).keys)
            described += (described.empty() ? "" : ", ") + describe(key);
        return described;
    }
    std::string functions(std::string_view text) {
        std::string described;
        for (const std::string& name : of(text).functions)
            described += (described.empty() ? "" : " ") + name;
        return described;
    }

    statement_analyzer analyzer_{make_template_table()};
    std::vector<template_ptr> held_;
};

TEST_F(statement_facts_test, keys_as_clients_write_them) {
    const std::pair<const char*, const char*> cases[] = {
        // Django, ActiveRecord, Hibernate, GORM, Ecto, Doctrine
        {R"(SELECT "e"."id" FROM "e" WHERE "e"."org_id" = 24 LIMIT 21)", "e.org_id=$1"},
        {R"(SELECT "p".* FROM "p" WHERE "p"."author_id" = $1 AND "p"."deleted_at" IS NULL LIMIT $2)",
         "p.author_id=$1"},
        {"select e1_0.id from employee e1_0 where e1_0.organization_id=$1",
         "employee.organization_id=$1"},
        {R"(SELECT e0."id" FROM "employees" AS e0 WHERE (e0."organization_id" = $1))",
         "employees.organization_id=$1"},
        // SQLAlchemy: the value first, typed, comma joins
        {"SELECT employee.id FROM employee WHERE 24 = employee.organization_id",
         "employee.organization_id=$1"},
        {"SELECT t.id FROM tag t, project_tag pt WHERE $1::INTEGER = pt.project_id AND t.id = "
         "pt.tag_id",
         "project_tag.project_id=$1::int4"},
        // Sequelize: the key in JOIN ... ON
        {R"(SELECT "T"."id" FROM "tag" AS "T" INNER JOIN "project_tag" AS "P" ON "T"."id" = "P"."tag_id" AND "P"."project_id" = 7)",
         "project_tag.project_id=$1 JOIN"},
        // TypeORM, MikroORM, Objection: IN with one element
        {R"(SELECT "e"."id" FROM "employee" "e" WHERE (("e"."organization_id" IN ($1))))",
         "employee.organization_id=$1 IN"},
        // pgjdbc in simple mode
        {"SELECT id FROM employee WHERE organization_id = ('24'::int4)",
         "employee.organization_id=$1::int4"},
        // Prisma
        {R"(SELECT "public"."Post"."id" FROM "public"."Post" WHERE ("public"."Post"."authorId" = $1 AND 1=1) OFFSET $2)",
         "public.Post.authorId=$1"},
        {R"(SELECT COUNT(*) FROM (SELECT "id" FROM "public"."Post" WHERE "public"."Post"."authorId" = $1 OFFSET $2) AS "sub")",
         "public.Post.authorId=$1"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(keys(text), expected) << text;
}

TEST_F(statement_facts_test, what_is_a_key_and_what_is_not) {
    const std::pair<const char*, const char*> cases[] = {
        {"select * from t where a = 1 and b = 'x'", "t.a=$1, t.b=$2"},
        {"select * from t where (a, b) = (1, 2)", "t.a=$1, t.b=$2"},
        {"select * from t where (a, b) in ((1, 2))", "t.a=$1 IN, t.b=$2 IN"},
        {"select * from t where a = -5", "t.a=$1"},
        {"select * from t where a = null", "t.a=$1"},
        {"select * from t where a = cast($1 as uuid)", "t.a=$1::uuid"},
        {"select * from t where a = ($1)::text::int8", "t.a=$1::int8"},
        {"select * from t where a = $1::int[]", "t.a=$1::int4[]"},
        {"select * from t where a::text = '5'", "t.a::=$1"},
        {"select * from t where a operator(pg_catalog.=) 5", "t.a=$1"},
        {"select * from t where a = 1 or b = 2", ""},
        {"select * from t where not a = 1", ""},
        {"select * from t where a = 1 and (b = 2 or c = 3)", "t.a=$1"},
        {"select * from t where case when a = 1 then true end", ""},
        {"select * from t where a > 1 and b <> 2 and c between 3 and 4 and d like 'x'", ""},
        {"select * from t where a in (1, 2) and b = any($1) and c not in (3)", ""},
        {"select * from t where lower(a) = 'x' and a + 1 = 5", ""},
        {"select * from t where a is not distinct from 5", ""},
        {"select a = 1 from t", ""},
        {"select * from t group by a having a = 1", ""},
        {"select * from t where a = b and 1 = 1", ""},
        {"select * from t where exists (select 1 from u where u.b = 5)", "u.b=$2"},
        {"select * from t where not exists (select 1 from u where u.b = 5)", ""},
        {"select * from t where a = (select max(b) from u where c = 5)", "u.c=$1"},
        {"select (select count(*) from u where u.a = 5) from t", "u.a=$1"},
        {"update t set a = 1 where b = 2", "t.b=$2"},
        {"delete from t as x where x.b = 2", "t.b=$1"},
        {"insert into t select * from u where u.a = 5", "u.a=$1"},
        {"merge into t using s on t.id = s.id and s.k = 5 when matched then delete", "s.k=$1 JOIN"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(keys(text), expected) << text;
}

TEST_F(statement_facts_test, tables_of_key_columns) {
    const std::pair<const char*, const char*> cases[] = {
        {"select * from a, b where x = 5", ".x=$1"},
        {"select * from a join b using (id) where b.x = 5", "b.x=$1"},
        {"select * from s.a where s.a.x = 5", "s.a.x=$1"},
        {"select * from (select * from a) q where q.x = 5", ".x=$1"},
        {"select * from f(1) g where g.x = 5", ".x=$2"},
        {"with c as (select * from a) select * from c where x = 5", ".x=$1"},
        {"with c as (select * from c) select * from s.c where x = 5", "s.c.x=$1"},
        {"select * from a where exists (select 1 from b where a.x = 5)", "a.x=$2"},
        {"select * from a x where x.y = 5 and exists (select 1 from b x where x.y = 6)",
         "a.y=$1, b.y=$3"},
        {"select * from a left join lateral (select * from b where b.x = 5) q on q.y = 6",
         "b.x=$1, .y=$2 JOIN"},
        {"select * from a tablesample system (10) where x = 5", "a.x=$2"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(keys(text), expected) << text;
}

TEST_F(statement_facts_test, roles) {
    const std::pair<const char*, const char*> cases[] = {
        {"select $1, f($2) from t where a = $3 limit $4 offset $5", "other other key limit offset"},
        {"select * from t where a in (1, 2) and b = any($1) and c > 3", "any in in range"},
        {"select * from t where a = any(array[1, 2])", "any any"},
        {"select * from t where a like 'x' and b between 1 and 2 and c <> 3 and d not in (4)",
         "range range range range range"},
        {"select * from t where a ~ 'x' and b @> '{}' and c is distinct from 5",
         "range range range"},
        {"update t set a = 1, b = b + 2, (c, d) = (3, 4) where e = 5", "set set set set key"},
        {"insert into t values (1, lower('x')), (null, 2)", "insert insert insert insert"},
        {"insert into t (a) values (1) on conflict (a) do update set b = 2", "insert set"},
        {"insert into t select 1, a from u where b = 2", "insert key"},
        {"select * from t where a = $1 and b > $1", "key"},
        {"select * from t fetch first 5 rows only", "limit"},
        {"select * from t limit all", "limit"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(describe(of(text).parameter_roles), expected) << text;
}

TEST_F(statement_facts_test, tables) {
    struct table_case {
        const char* text;
        const char* read;
        const char* written;
    };
    const table_case cases[] = {
        {"select * from a, s.b as x join c on true", "a s.b/x c", ""},
        {"select * from \"A\", B", "A b", ""},
        {"select 1 from a where x in (select y from b) union select 2 from c", "a b c", ""},
        {"select (select 1 from a), f((select 2 from b)) order by (select 3 from c)", "a b c", ""},
        {"with x as (select * from a), y as (select * from x) select * from y, b", "a b", ""},
        {"with recursive x as (select * from a union select * from x) select * from x", "a", ""},
        {"with x as (insert into a values (1) returning *) select * from x", "", "a"},
        {"with x as (delete from a using b returning *) insert into c select * from x", "b", "a c"},
        {"select * into a from b", "b", "a"},
        {"create table a as select * from b", "b", "a"},
        {"create materialized view a as select * from b", "b", "a"},
        {"create view a as select * from b", "b", "a"},
        {"create table a (b int)", "", "a"},
        {"create index on a (b)", "", "a"},
        {"alter table s.a add b int", "", "s.a"},
        {"drop table a, s.b", "", "a s.b"},
        {"truncate a, b", "", "a b"},
        {"refresh materialized view a", "", "a"},
        {"copy a from stdin", "", "a"},
        {"copy a to stdout", "a", ""},
        {"copy (select * from a) to stdout", "a", ""},
        {"update a set b = 1 from c where a.x = c.x", "c", "a"},
        {"delete from a using b", "b", "a"},
        {"merge into a using b on true when matched then delete", "b", "a"},
        {"explain analyze delete from a", "", "a"},
        {"declare c cursor for select * from a", "a", ""},
        {"prepare p as select * from a", "a", ""},
        {"select * from a for update of a", "a", ""},
        {"lock table a", "", ""},
        {"select 1; insert into a select * from b", "b", "a"},
    };
    for (const table_case& c : cases) {
        EXPECT_EQ(describe(of(c.text).tables_read), c.read) << c.text;
        EXPECT_EQ(describe(of(c.text).tables_written), c.written) << c.text;
    }
}

TEST_F(statement_facts_test, kinds) {
    const std::pair<const char*, statement_kind> cases[] = {
        {"", statement_kind::empty},
        {" ; -- nothing", statement_kind::empty},
        {"select 1; select 2", statement_kind::multiple},
        {"select 1", statement_kind::select},
        {"table a", statement_kind::select},
        {"values (1)", statement_kind::values},
        {"insert into a values (1)", statement_kind::insert},
        {"update a set b = 1", statement_kind::update},
        {"delete from a", statement_kind::delete_},
        {"merge into a using b on true when matched then delete", statement_kind::merge},
        {"copy a to stdout", statement_kind::table_copy},
        {"begin", statement_kind::begin},
        {"START TRANSACTION READ ONLY", statement_kind::begin},
        {"commit", statement_kind::commit},
        {"end", statement_kind::commit},
        {"rollback", statement_kind::rollback},
        {"abort", statement_kind::rollback},
        {"savepoint a", statement_kind::savepoint},
        {"release a", statement_kind::release},
        {"rollback to a", statement_kind::rollback_to},
        {"prepare transaction 'x'", statement_kind::prepare_transaction},
        {"commit prepared 'x'", statement_kind::commit_prepared},
        {"rollback prepared 'x'", statement_kind::rollback_prepared},
        {"set a = 1", statement_kind::set},
        {"set constraints all deferred", statement_kind::set},
        {"reset all", statement_kind::reset},
        {"show a", statement_kind::show},
        {"discard all", statement_kind::discard},
        {"prepare p as select 1", statement_kind::prepare},
        {"execute p", statement_kind::execute},
        {"deallocate all", statement_kind::deallocate},
        {"declare c cursor for select 1", statement_kind::declare_cursor},
        {"fetch 1 from c", statement_kind::fetch},
        {"move 1 in c", statement_kind::fetch},
        {"close c", statement_kind::close_cursor},
        {"listen a", statement_kind::listen},
        {"unlisten *", statement_kind::unlisten},
        {"notify a", statement_kind::notify},
        {"lock a", statement_kind::lock},
        {"explain select 1", statement_kind::explain},
        {"call p()", statement_kind::call},
        {"do 'begin end'", statement_kind::do_block},
        {"create table a (b int)", statement_kind::ddl},
        {"create table a as select 1", statement_kind::ddl},
        {"truncate a", statement_kind::ddl},
        {"grant select on a to b", statement_kind::ddl},
        {"vacuum", statement_kind::other_utility},
    };
    for (const auto& [text, kind] : cases)
        EXPECT_EQ(to_string(of(text).kind), to_string(kind)) << text;
}

TEST_F(statement_facts_test, flags) {
    EXPECT_TRUE(of("select * from a limit 1").has_limit);
    EXPECT_TRUE(of("select * from a fetch first row only").has_limit);
    EXPECT_TRUE(of("select * from a offset 1").has_offset);
    EXPECT_FALSE(of("select * from a offset 1").has_limit);
    EXPECT_TRUE(of("select * from a order by b").has_order_by);
    EXPECT_TRUE(of("select count(*) from a").has_aggregate);
    EXPECT_TRUE(of("select max(b) from a").has_aggregate);
    EXPECT_TRUE(of("select own_agg(distinct b) from a").has_aggregate);
    EXPECT_TRUE(of("select b from a group by b").has_aggregate);
    EXPECT_FALSE(of("select lower(b) from a").has_aggregate);
    EXPECT_TRUE(of("select distinct b from a").has_distinct);
    EXPECT_TRUE(of("select sum(b) over () from a").has_window);
    EXPECT_FALSE(of("select sum(b) over () from a").has_aggregate);
    EXPECT_TRUE(of("select 1 union select 2").has_set_operation);
    EXPECT_TRUE(of("with x as (select 1) select * from x").has_cte);
    EXPECT_TRUE(of("select * from (select 1) x").has_subquery);
    EXPECT_TRUE(of("select * from a where b in (select 1)").has_subquery);
    EXPECT_TRUE(of("select * from a for share").has_locking_clause);
    EXPECT_TRUE(of("with x as (update a set b = 1) select 1").writes_in_cte);
    EXPECT_TRUE(of("select * from pg_class c join pg_catalog.x on true").catalog_only);
    EXPECT_TRUE(of("select * from information_schema.tables").catalog_only);
    EXPECT_FALSE(of("select * from pg_class, a").catalog_only);
    EXPECT_FALSE(of("select 1").catalog_only);
}

TEST_F(statement_facts_test, functions_are_listed) {
    EXPECT_EQ(functions("select lower(a), s.f(b), pg_catalog.upper(c), lower(d) from t"),
              "lower s.f pg_catalog.upper");
    EXPECT_EQ(functions("select extract(year from a), current_date, coalesce(a, now()) from t"),
              "extract current_date now");
    EXPECT_EQ(functions("select * from generate_series(1, 2) where f(a) = 1"), "generate_series f");
}

TEST_F(statement_facts_test, verdicts_say_why) {
    struct verdict_case {
        const char* text;
        const char* not_foldable;
        const char* not_cacheable;
    };
    const verdict_case cases[] = {
        {"select * from t where a = 1", "", ""},
        {"select count(*), max(lower(b)) from t where a = 1 limit 1", "", ""},
        {"select to_char(b, 'YYYY') from t where a = 1", "", ""},
        {"select * from t where a > 1", "compares no column with a parameter", ""},
        {"update t set a = 1 where b = 2", "is not a SELECT", "is not a SELECT"},
        {"select 1; select 2", "holds several statements", "holds several statements"},
        {"select * from t where a = 1 for update", "locks rows (FOR UPDATE or FOR SHARE)",
         "locks rows (FOR UPDATE or FOR SHARE)"},
        {"with x as (delete from u) select * from t where a = 1", "writes in a WITH query",
         "writes in a WITH query"},
        {"select * into u from t where a = 1", "writes its result to a table",
         "writes its result to a table"},
        {"select nextval('s') from t where a = 1", "calls nextval()", "calls nextval()"},
        {"select * from t where a = 1 and b > now()",
         "calls now(), whose answer depends on the time",
         "calls now(), whose answer depends on the time"},
        {"select * from t where a = 1 and b = current_user",
         "calls current_user(), whose answer depends on the session",
         "calls current_user(), whose answer depends on the session"},
        {"select own(b) from t where a = 1", "calls own(), which may be volatile",
         "calls own(), which may be volatile"},
        {"select s.lower(b) from t where a = 1", "calls s.lower(), which may be volatile",
         "calls s.lower(), which may be volatile"},
        {"select pg_catalog.lower(b) from t where a = 1", "", ""},
        {"select * from t tablesample system (1) where a = 1", "samples rows at random",
         "samples rows at random"},
        {"select relname from pg_class where oid = 1", "reads system catalogs",
         "reads system catalogs"},
        {"select 1", "reads no table", "reads no table"},
        {"select * from t where a = $1 and b = - -5", "its constants cannot be told apart", ""},
    };
    for (const verdict_case& c : cases) {
        const statement_template& statement = of(c.text);
        EXPECT_EQ(statement.foldable.reason, c.not_foldable) << c.text;
        EXPECT_EQ(statement.foldable.ok, statement.foldable.reason.empty()) << c.text;
        EXPECT_EQ(statement.cacheable.reason, c.not_cacheable) << c.text;
        EXPECT_EQ(statement.cacheable.ok, statement.cacheable.reason.empty()) << c.text;
    }
}

TEST_F(statement_facts_test, numbers_of_parameters) {
    const statement_template& mixed = of("select $2, 'x', $1, 5");
    EXPECT_EQ(mixed.bound_parameters, 2);
    EXPECT_EQ(mixed.parameter_count, 4);
    EXPECT_EQ(mixed.normalized_text, "select $2, $3, $1, $4");
    EXPECT_EQ(mixed.fingerprint_hex.size(), 16u);
}

TEST_F(statement_facts_test, what_freshness_needs_to_know) {
    const auto list = [](const std::vector<std::string>& names) {
        std::string text;
        for (const std::string& name : names)
            text += (text.empty() ? "" : " ") + name;
        return text;
    };
    EXPECT_EQ(list(of("UPDATE t SET a = 1, (b, c) = (2, 3) WHERE d = 4").columns_set), "a b c");
    const statement_template& upsert =
        of("INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = 3");
    EXPECT_TRUE(upsert.updates_on_conflict);
    EXPECT_EQ(list(upsert.columns_set), "b");
    EXPECT_FALSE(of("INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING").updates_on_conflict);
    EXPECT_EQ(list(of("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b")
                       .columns_set),
              "b");
    EXPECT_EQ(
        list(of("SELECT a % b FROM t WHERE a OPERATOR(x.<->) b = c ORDER BY a USING >").operators),
        "% = x.<-> >");
    EXPECT_EQ(list(of("SELECT 1 WHERE a ~ ANY (SELECT b FROM t)").operators), "~");
    EXPECT_TRUE(of("TRUNCATE a, b").truncates);
    EXPECT_FALSE(of("TRUNCATE a, b").truncates_cascade);
    EXPECT_TRUE(of("TRUNCATE a CASCADE").truncates_cascade);
    EXPECT_TRUE(of("CREATE TEMP TABLE t (a int)").creates_temporary);
    EXPECT_TRUE(of("CREATE TEMPORARY TABLE t AS SELECT 1").creates_temporary);
    EXPECT_TRUE(of("SELECT 1 INTO TEMP t").creates_temporary);
    EXPECT_FALSE(of("CREATE TABLE t (a int)").creates_temporary);
    EXPECT_EQ(of("BEGIN; UPDATE t SET a = 1; COMMIT").kinds,
              (std::vector{statement_kind::begin, statement_kind::update, statement_kind::commit}));
    EXPECT_TRUE(of("SELECT 1").kinds.empty());
}

TEST_F(statement_facts_test, what_one_table_is_sorted_by) {
    const auto order = [this](std::string_view text) {
        const statement_template& statement = of(text);
        std::string described = statement.reads_one_table ? "" : "?";
        for (const std::string& name : statement.order_columns)
            described += (described.empty() ? "" : " ") + name;
        return described;
    };
    const std::pair<const char*, const char*> cases[] = {
        {"SELECT * FROM t WHERE a = 1", ""},
        {"SELECT * FROM s.t x ORDER BY b, x.a DESC NULLS LAST LIMIT 1", "b a"},
        {R"(SELECT "t".* FROM "t" ORDER BY "t"."B" ASC)", "B"},
        // expressions, positions, operators
        {"SELECT a FROM t ORDER BY 1, b + 1, lower(c), c COLLATE \"C\", d::date, e USING <, f",
         "f"},
        // a name in the output comes first, when it is bare
        {"SELECT b AS a FROM t ORDER BY a, t.a", "a"},
        {"SELECT t.a AS a, lower(b) AS l FROM t ORDER BY a", "a"},
        {"SELECT lower(b) FROM t ORDER BY lower, b", "b"},
        {"SELECT a::text, 1 FROM t ORDER BY a, t.b", "b"},
        {"SELECT 1, $1, c, t.d, count FROM t ORDER BY a, count", "a count"},
        // more than one table, or something else
        {"SELECT * FROM t, u ORDER BY a", "?"},
        {"SELECT * FROM t JOIN u USING (a) ORDER BY a", "?"},
        {"SELECT * FROM t AS x (b, a) ORDER BY a", "?"},
        {"SELECT * FROM f() ORDER BY a", "?"},
        {"SELECT * FROM (SELECT * FROM t ORDER BY a) x ORDER BY a", "?"},
        {"SELECT * FROM t WHERE EXISTS (SELECT 1 FROM u) ORDER BY a", "?"},
        {"WITH t AS (SELECT 1 AS a) SELECT * FROM t ORDER BY a", "?"},
        {"SELECT a FROM t UNION SELECT a FROM u ORDER BY a", "?"},
        {"SELECT 1 ORDER BY 1", "?"},
        {"VALUES (1), (2) ORDER BY 1", "?"},
        {"UPDATE t SET a = 1", "?"},
        {"SELECT a FROM t ORDER BY a; SELECT b FROM t ORDER BY b", "?"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(order(text), expected) << text;
    std::string many = "SELECT * FROM t ORDER BY a";
    for (int i = 0; i < 100; ++i)
        many += ", c" + std::to_string(i);
    EXPECT_EQ(of(many).order_columns.size(), 32u);
    EXPECT_TRUE(of("SELECT a FROM t GROUP BY a").has_group_by);
    EXPECT_FALSE(of("SELECT count(*) FROM t").has_group_by);
}

}  // namespace
}  // namespace pgfold::sql
