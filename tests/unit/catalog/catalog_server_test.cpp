// The catalog queries on a real server, and what statements are found to write and read there.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "unit/catalog/described.hpp"
#include "unit/catalog/loaded_catalog.hpp"
#include "unit/suggestion/throwaway_postgres.hpp"

namespace pgfold::catalog {
namespace {

class catalog_server_test : public testing::Test {
protected:
    static void SetUpTestSuite() {
        server_ = std::make_unique<test::throwaway_postgres>();
        server_->execute_file(PGFOLD_SOURCE_DIR "/tests/unit/catalog/schema.sql");
        loaded_ = test::load_catalog(server_->conninfo());
    }
    static void TearDownTestSuite() {
        loaded_ = {};
        server_.reset();
    }

    static const catalog& known() { return *loaded_.known; }
    static const relation& table(std::string_view name) {
        static const relation none;
        const auto found = known().resolve("", name, nullptr);
        EXPECT_EQ(found.size(), 1u) << name;
        return found.empty() ? none : *found.front();
    }
    std::string writes(std::string_view text, const effect_rules& rules = {}) {
        return described_writes(effects_of(statements_.of(text), &known(), nullptr, rules),
                                known());
    }
    std::string reads(std::string_view text, const effect_rules& rules = {}) {
        return described_reads(effects_of(statements_.of(text), &known(), nullptr, rules), known());
    }

    static inline std::unique_ptr<test::throwaway_postgres> server_;
    static inline test::loaded_catalog loaded_;
    statements statements_;
};

TEST_F(catalog_server_test, any_role_may_load_it) {
    const auto loaded = test::load_catalog(server_->conninfo(), "nobody_special");
    ASSERT_NE(loaded.known, nullptr);
    EXPECT_EQ(loaded.known->relations().size(), known().relations().size());
    EXPECT_EQ(loaded.stamp, loaded_.stamp);
}

TEST_F(catalog_server_test, relations) {
    EXPECT_EQ(table("event").kind, relation_kind::partitioned_table);
    EXPECT_EQ(table("totals").kind, relation_kind::materialized_view);
    EXPECT_EQ(table("elsewhere").kind, relation_kind::foreign_table);
    EXPECT_EQ(table("ticket").kind, relation_kind::sequence);
    EXPECT_TRUE(table("pg_class").is_system);
    EXPECT_TRUE(table("guarded").row_security);
    EXPECT_TRUE(table("ruled").rewrites_writes);
    EXPECT_FALSE(table("staff").rewrites_writes);
    EXPECT_TRUE(known().resolve("", "fleeting", nullptr).empty());
    EXPECT_TRUE(known().resolve("", "odd name", nullptr).empty());
    EXPECT_EQ(table("Odd Name").name, "Odd Name");
    EXPECT_EQ(known().schema_name(table("parameters").schema), "public");
}

TEST_F(catalog_server_test, columns_and_keys) {
    const relation& typed = table("typed");
    ASSERT_EQ(typed.columns.size(), 3u);
    EXPECT_EQ(typed.columns[0].type, 2950u);
    EXPECT_TRUE(typed.columns[0].not_null);
    EXPECT_FALSE(typed.columns[1].deterministic);
    EXPECT_TRUE(typed.columns[2].deterministic);
    EXPECT_TRUE(typed.is_key({1}));
    EXPECT_TRUE(typed.is_key({3, 1}));
    EXPECT_FALSE(typed.is_key({2}));
    const relation& plain = table("plain");
    EXPECT_TRUE(plain.has_generated_columns);
    EXPECT_EQ(plain.unique_indexes.size(), 2u);  // the third is partial
    EXPECT_TRUE(plain.is_key({1}));
    EXPECT_FALSE(plain.is_key({2})) << "unique, but not where it is NULL";
}

TEST_F(catalog_server_test, names) {
    const auto name = [&](std::string_view schema, std::string_view bare, const search_path* path) {
        std::vector<oid> ids;
        for (const relation* r : known().resolve(schema, bare, path))
            ids.push_back(r->id);
        return names_of(ids, known());
    };
    EXPECT_EQ(name("", "item", nullptr), "tenant_a.item tenant_b.item");
    EXPECT_EQ(name("tenant_b", "item", nullptr), "tenant_b.item");
    EXPECT_EQ(name("tenant_c", "item", nullptr), "");
    const search_path path{{"pg_catalog", "tenant_b", "tenant_a"}};
    EXPECT_EQ(name("", "item", &path), "tenant_b.item");
    const search_path other{{"pg_catalog", "public"}};
    EXPECT_EQ(name("", "item", &other), "tenant_a.item tenant_b.item");
    EXPECT_EQ(name("", "parameters", nullptr), "parameters");
}

struct effect_case {
    const char* text;
    const char* expected;
};

TEST_F(catalog_server_test, writes) {
    const effect_case cases[] = {
        // plain targets
        {"UPDATE plain SET a = 1 WHERE id = 2", "plain"},
        {"INSERT INTO plain (a) VALUES (1)", "plain"},
        {"DELETE FROM public.plain", "plain"},
        {"COPY plain FROM STDIN", "plain"},
        {"COPY plain TO STDOUT", "nothing"},
        {"COPY (DELETE FROM org RETURNING id) TO STDOUT", "badge employee org org_alias"},
        {"INSERT INTO harmless_defaults DEFAULT VALUES", "harmless_defaults"},
        {"INSERT INTO tenant_a.item VALUES (1)", "tenant_a.item"},
        {"INSERT INTO item VALUES (1)", "tenant_a.item tenant_b.item"},
        {"INSERT INTO \"Odd Name\" VALUES (1)", "Odd Name"},
        {"INSERT INTO nowhere VALUES (1)",
         "everything: writes nowhere, which is not in the catalog"},
        {"INSERT INTO fleeting VALUES (1)",
         "everything: writes fleeting, which is not in the catalog"},
        // foreign key actions
        {"INSERT INTO org VALUES (1, 'a', 'b')", "org"},
        {"DELETE FROM org WHERE id = 1", "badge employee org"},
        {"DELETE FROM employee WHERE id = 1", "badge employee"},
        {"DELETE FROM badge WHERE id = 1", "badge badge_use"},
        {"UPDATE org SET name = 'x' WHERE id = 1", "org"},
        {"UPDATE org SET id = 2 WHERE id = 1", "org"},
        {"UPDATE org SET code = 'x' WHERE id = 1", "org org_alias"},
        {"UPDATE org SET (name, code) = ('x', 'y') WHERE id = 1", "org org_alias"},
        {"UPDATE employee SET id = 5 WHERE id = 1", "badge employee"},
        {"UPDATE employee SET name = 'x'", "employee"},
        {"INSERT INTO org VALUES (1) ON CONFLICT (id) DO UPDATE SET code = 'x'", "org org_alias"},
        {"INSERT INTO org VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x'", "org"},
        {"INSERT INTO org VALUES (1) ON CONFLICT DO NOTHING", "org"},
        {"MERGE INTO badge b USING employee e ON b.employee_id = e.id WHEN MATCHED THEN DELETE",
         "badge badge_use"},
        {"TRUNCATE badge_use", "badge_use"},
        {"TRUNCATE org CASCADE", "badge badge_use employee org org_alias strict_child"},
        {"TRUNCATE badge_use, plain", "badge_use plain"},
        // WITH
        {"WITH d AS (DELETE FROM badge RETURNING id) SELECT * FROM d", "badge badge_use"},
        {"WITH i AS (INSERT INTO audit VALUES ('x') RETURNING what) UPDATE plain SET b = what FROM "
         "i",
         "audit plain"},
        // triggers and rules
        {"INSERT INTO watched VALUES (1, 2)", "watched"},
        {"UPDATE watched SET a = 1",
         "everything: writes watched, which has a trigger that calls note()"},
        {"DELETE FROM watched",
         "everything: writes watched, which has a trigger that calls note()"},
        {"UPDATE unwatched SET id = 1", "unwatched"},
        {"DELETE FROM emptied", "emptied"},
        {"TRUNCATE emptied", "everything: writes emptied, which has a trigger that calls note()"},
        {"INSERT INTO searched (b) VALUES ('x')", "searched"},
        {"INSERT INTO ruled VALUES (1)", "everything: writes ruled, which has rules"},
        {"UPDATE touched_1 SET id = 1", "touched_1"},
        {"UPDATE touched_2 SET id = 1", "touched_2"},
        {"UPDATE touched_3 SET id = 1",
         "everything: writes touched_3, which has a trigger that calls touch_and_note()"},
        {"UPDATE touched_4 SET id = 1",
         "everything: writes touched_4, which has a trigger that calls touch_by_call()"},
        {"UPDATE touched_5 SET id = 1",
         "everything: writes touched_5, which has a trigger that calls touch_elsewhere()"},
        // partitions and inheritance
        {"INSERT INTO event VALUES (1, '2020-02-02')", "event event_1 event_2 event_2a"},
        {"UPDATE event_2 SET id = 1", "event_2 event_2a"},
        {"DELETE FROM event_1", "event_1"},
        {"UPDATE animal SET id = 1", "animal dog"},
        {"UPDATE dog SET barks = true", "dog"},
        {"DELETE FROM part WHERE id = 1", "part part_0 part_note"},
        {"DELETE FROM part_0 WHERE id = 1", "part_0 part_note"},
        {"UPDATE part SET id = 2", "part part_0 part_note"},
        // views
        {"UPDATE simple SET alpha = 1", "plain"},
        {"INSERT INTO instead VALUES (1)", "everything: writes instead, which has a trigger"},
        {"DELETE FROM staff", "badge employee org org_alias"},
        {"INSERT INTO totals VALUES (1)", "everything: writes totals, which is not a table"},
        {"INSERT INTO elsewhere VALUES ('x')", "everything: writes the foreign table elsewhere"},
        {"UPDATE pg_class SET relname = 'x'", "everything: writes system catalogs, DDL"},
        // functions
        {"SELECT 1", "nothing"},
        {"SELECT now(), random(), gen_random_uuid(), clock_timestamp(), pg_sleep(0)", "nothing"},
        {"SELECT nextval('ticket'), setval('ticket', 1), currval('ticket'), lastval()", "nothing"},
        {"SELECT pg_advisory_lock(1), pg_try_advisory_xact_lock(2), pg_notify('a', 'b')",
         "nothing"},
        {"SELECT pg_total_relation_size('org'), pg_is_in_recovery(), txid_current()", "nothing"},
        {"SELECT set_config('a.b', 'c', false), pg_backend_pid(), current_setting('a.b')",
         "nothing"},
        {"SELECT pg_get_viewdef('staff'::regclass), to_regclass('org')", "nothing"},
        {"SELECT query_to_xml('DELETE FROM org', true, true, '')",
         "everything: calls query_to_xml()"},
        {"SELECT * FROM ts_stat('SELECT v FROM searched')", "everything: calls ts_stat()"},
        {"SELECT writes()", "everything: calls writes()"},
        {"SELECT public.writes()", "everything: calls public.writes()"},
        {"SELECT * FROM plain WHERE a = writes()", "everything: calls writes()"},
        {"SELECT steady(1), looks()", "nothing"},
        {"SELECT nobody_knows(1)", "everything: calls nobody_knows(), which is unknown, maybe DDL"},
        {"SELECT with_default()", "everything: calls with_default()"},
        {"SELECT writing_sum(a) FROM plain", "everything: calls writing_sum()"},
        {"SELECT * FROM plain p WHERE p ~~~ 1",
         "everything: uses the operator ~~~, which is volatile"},
        {"INSERT INTO numbered (b) VALUES ('x')", "everything: calls writes()"},
        {"DELETE FROM numbered", "numbered"},
        {"INSERT INTO checked VALUES (1)", "checked"},
        {"SELECT * FROM writing", "everything: calls writes()"},
        {"INSERT INTO audit SELECT n::text FROM writing", "everything: calls writes()"},
        {"SELECT * FROM oddly_guarded", "everything: calls writes()"},
        {"DELETE FROM oddly_guarded", "everything: calls writes()"},
        {"SELECT * FROM nowhere", "everything: reads nowhere, which is not in the catalog"},
        {"SELECT * FROM plain FOR UPDATE", "nothing"},
        {"DECLARE c CURSOR FOR SELECT writes()", "everything: calls writes()"},
        {"DECLARE c CURSOR FOR SELECT * FROM plain", "nothing"},
        {"FETCH 10 FROM c", "nothing"},
        {"VALUES (1), (2)", "nothing"},
        // utilities
        {"BEGIN", "nothing"},
        {"COMMIT", "nothing"},
        {"SAVEPOINT a", "nothing"},
        {"ROLLBACK TO a", "nothing"},
        {"PREPARE TRANSACTION 'x'", "nothing"},
        {"ROLLBACK PREPARED 'x'", "nothing"},
        {"COMMIT PREPARED 'x'", "everything: is commit_prepared"},
        {"SET search_path TO a", "nothing"},
        {"SET CONSTRAINTS ALL IMMEDIATE", "nothing"},
        {"RESET ALL", "nothing"},
        {"SHOW server_version", "nothing"},
        {"DISCARD ALL", "nothing"},
        {"PREPARE p AS DELETE FROM org", "nothing"},
        {"DEALLOCATE p", "nothing"},
        {"LISTEN a", "nothing"},
        {"NOTIFY a, 'b'", "nothing"},
        {"UNLISTEN *", "nothing"},
        {"LOCK TABLE org IN EXCLUSIVE MODE", "nothing"},
        {"VACUUM org", "nothing"},
        {"ANALYZE", "nothing"},
        {"CHECKPOINT", "nothing"},
        {"EXPLAIN SELECT * FROM plain", "nothing"},
        {"EXPLAIN ANALYZE DELETE FROM plain", "everything: is explain, maybe DDL"},
        {"EXPLAIN ANALYZE EXECUTE p", "everything: is explain"},
        {"EXPLAIN ANALYZE SELECT writes() FROM plain", "everything: calls writes()"},
        {"EXECUTE p", "everything: is execute"},
        {"CALL p()", "everything: is call"},
        {"DO 'BEGIN NULL; END'", "everything: is do, maybe DDL"},
        {"LOAD 'x'", "everything: is other_utility, maybe DDL"},
        {"CREATE TABLE n (a int)", "everything: is DDL, DDL"},
        {"SELECT 1 INTO n", "everything: is DDL, DDL"},
        {"CREATE TABLE n AS SELECT 1", "everything: is DDL, DDL"},
        {"ALTER TABLE org ADD x int", "everything: is DDL, DDL"},
        {"DROP TABLE org", "everything: is DDL, DDL"},
        {"REFRESH MATERIALIZED VIEW totals", "everything: is DDL, DDL"},
        {"GRANT SELECT ON org TO nobody_special", "everything: is DDL, DDL"},
        {"CREATE TEMP TABLE n (a int)", "nothing"},
        {"CREATE TEMP TABLE n AS SELECT * FROM org", "nothing"},
        {"CREATE TEMP TABLE n (LIKE org)", "nothing"},
        {"CREATE TEMP TABLE org AS SELECT * FROM org", "nothing, hides"},
        {"CREATE TEMP VIEW org AS SELECT 1", "nothing, hides"},
        {"SELECT * INTO TEMP org FROM plain", "nothing, hides"},
        {"CREATE TEMP TABLE n AS SELECT writes()", "everything: calls writes()"},
        {"CREATE TEMP TABLE n AS EXECUTE p", "everything: is DDL, DDL"},
        // several statements in one text
        {"BEGIN; SELECT 1; COMMIT", "nothing"},
        {"SELECT 1; UPDATE badge SET id = 1; SELECT 2", "badge badge_use"},
        {"SET a.b = 1; SELECT * FROM org", "nothing"},
        {"UPDATE plain SET a = 1; SELECT writes()", "everything: calls writes()"},
        {"SELECT 1; DROP TABLE org", "everything: is DDL, DDL"},
        {"SELECT 1; DO 'BEGIN NULL; END'", "everything: is do, maybe DDL"},
        {"SELECT 1; CREATE TEMP TABLE n (a int)",
         "everything: writes n, which is not in the catalog, DDL"},
        {"not SQL at all", "everything: is unknown, maybe DDL"},
        {"", "nothing"},
    };
    for (const effect_case& c : cases)
        EXPECT_EQ(writes(c.text), c.expected) << c.text;
}

TEST_F(catalog_server_test, reads) {
    const effect_case cases[] = {
        {"SELECT * FROM plain WHERE id = 1", "plain"},
        {"SELECT * FROM plain p JOIN org o ON o.id = p.a", "org plain"},
        {"SELECT * FROM item", "tenant_a.item tenant_b.item"},
        {"SELECT * FROM tenant_b.item", "tenant_b.item"},
        {"WITH x AS (SELECT * FROM org) SELECT * FROM x, plain", "org plain"},
        {"SELECT (SELECT count(*) FROM badge) FROM org WHERE EXISTS (SELECT FROM plain)",
         "badge org plain"},
        {"SELECT * FROM staff WHERE id = 1", "employee org"},
        {"SELECT * FROM staff_of_staff", "badge employee org"},
        {"SELECT * FROM simple", "plain"},
        {"SELECT * FROM steadily", "plain"},
        {"SELECT * FROM totals", "totals"},
        {"SELECT * FROM event", "event event_1 event_2 event_2a"},
        {"SELECT * FROM event_2", "event_2 event_2a"},
        {"SELECT * FROM event_1", "event_1"},
        {"SELECT * FROM animal", "animal dog"},
        {"SELECT * FROM dog", "dog"},
        {"SELECT * FROM guarded WHERE id = 1", "guarded tenant_member, row security, session"},
        {"SELECT * FROM mine", "plain, session"},
        {"SELECT * FROM set_by_session", "plain, session"},
        {"SELECT *, current_user FROM plain", "plain, session"},
        {"SELECT lower(name), steady(id), to_char(id, '9'), count(*) OVER () FROM org",
         "? calls lower(), which reads what cannot be seen"},
        {"SELECT upper(name), steady(id), to_char(id, '9'), count(*) OVER () FROM org", "org"},
        {"SELECT e.full_name FROM employee e",
         "? calls full_name(), which reads what cannot be seen"},
        {"SELECT e.name FROM employee e", "employee"},
        {"SELECT looks() FROM plain", "? calls looks(), which reads what cannot be seen"},
        {"SELECT * FROM looking", "? calls looks(), which reads what cannot be seen"},
        {"SELECT now() FROM plain", "? calls now(), whose answer depends on the time"},
        {"SELECT * FROM lately", "? calls now(), whose answer depends on the time"},
        {"SELECT * FROM today", "? reads today, which depends on the time"},
        {"SELECT random() FROM plain", "? calls random()"},
        {"SELECT * FROM sampled", "? reads sampled, which samples rows at random"},
        {"SELECT * FROM pg_class", "? reads system catalogs"},
        {"SELECT * FROM information_schema.tables", "? reads system catalogs"},
        {"SELECT * FROM tables_of", "? reads system catalogs"},
        {"SELECT * FROM elsewhere", "? reads the foreign table elsewhere"},
        {"SELECT last_value FROM ticket", "? reads the sequence ticket"},
        {"SELECT * FROM nowhere", "? reads nowhere, which is not in the catalog"},
        {"SELECT * FROM plain p WHERE p ~~~ 1", "? uses the operator ~~~, which is not immutable"},
        {"UPDATE plain SET a = 1", "? is not a SELECT"},
        {"SELECT 1; SELECT 2", "? is not a SELECT"},
    };
    for (const effect_case& c : cases)
        EXPECT_EQ(reads(c.text), c.expected) << c.text;
}

// What PostgreSQL counts as changed and scanned, while it runs the statements, is the judge.
class observed_test : public catalog_server_test {
protected:
    void SetUp() override {
        server_->execute("BEGIN");
        server_->execute(
            "INSERT INTO org SELECT i, 'o' || i, 'c' || i FROM generate_series(1, 9) i;"
            "INSERT INTO employee (org_id, boss_id) SELECT 1 + i % 9, NULL FROM "
            "generate_series(1, 40) i; UPDATE employee SET boss_id = 1 WHERE id > 5;"
            "INSERT INTO badge SELECT i, i FROM generate_series(1, 40) i;"
            "INSERT INTO badge_use SELECT i, now() FROM generate_series(1, 40) i;"
            "INSERT INTO org_alias SELECT code FROM org WHERE id > 5;"
            "INSERT INTO plain (id, a, b) SELECT i, i, 'b' || i FROM generate_series(1, 9) i;"
            "INSERT INTO counter VALUES (1); INSERT INTO watched VALUES (1, 1), (2, 2);"
            "INSERT INTO event SELECT i, date '2020-12-20' + i, 1 FROM generate_series(1, 40) i;"
            "INSERT INTO part SELECT generate_series(1, 9); INSERT INTO part_note SELECT * FROM "
            "part;"
            "INSERT INTO animal VALUES (1); INSERT INTO dog VALUES (2, true);"
            "INSERT INTO tenant_a.item VALUES (1); INSERT INTO searched VALUES ('x');"
            "INSERT INTO unwatched VALUES (1); INSERT INTO numbered DEFAULT VALUES;"
            "INSERT INTO tenant_member VALUES (1, 'nobody_special');"
            "INSERT INTO guarded VALUES (1, 1), (2, 2);"
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO nobody_special");
        server_->execute("COMMIT");
    }
    void TearDown() override {
        server_->execute(
            "TRUNCATE org, employee, badge, badge_use, org_alias, plain, counter, "
            "watched, event, part, part_note, animal, tenant_a.item, searched, "
            "unwatched, numbered, tenant_member, guarded, audit RESTART IDENTITY CASCADE");
    }

    using table_counts = std::map<oid, std::string>;

    static table_counts counts(const std::string& what) {
        table_counts result;
        for (const auto& row : server_->query("SELECT relid::text, (" + what +
                                              ")::text AS n FROM pg_stat_xact_user_tables"
                                              " WHERE schemaname !~ '^pg_'"))
            result[static_cast<oid>(std::stoul(row.at("relid")))] = row.at("n");
        return result;
    }

    // Tables where PostgreSQL counts more of `what` after the statement than before.
    static std::vector<oid> observed(const std::string& text, const std::string& what,
                                     const char* role = nullptr) {
        server_->execute("BEGIN");
        const table_counts before = counts(what);
        if (role != nullptr) server_->execute(std::string("SET LOCAL ROLE ") + role);
        try {
            server_->execute(text);
        } catch (const std::runtime_error& error) {
            ADD_FAILURE() << error.what();
            server_->execute("ROLLBACK");
            return {};
        }
        std::vector<oid> changed;
        for (const auto& [id, n] : counts(what)) {
            const auto then = before.find(id);
            if (n != (then != before.end() ? then->second : "0")) changed.push_back(id);
        }
        server_->execute("ROLLBACK");
        return changed;
    }
};

TEST_F(observed_test, nothing_is_written_that_was_not_foreseen) {
    const char* const texts[] = {
        "DELETE FROM org WHERE id = 1",
        "DELETE FROM employee",
        "DELETE FROM badge",
        "UPDATE org SET code = 'x' || id",
        "UPDATE org SET name = 'x'",
        "UPDATE employee SET id = id + 1000 WHERE id > 30",
        "INSERT INTO org VALUES (1, 'a', 'b') ON CONFLICT (id) DO UPDATE SET code = 'neu'",
        "INSERT INTO org VALUES (1, 'a', 'b') ON CONFLICT DO NOTHING",
        "WITH d AS (DELETE FROM badge RETURNING id) SELECT count(*) FROM d",
        "WITH i AS (INSERT INTO audit VALUES ('x') RETURNING what) UPDATE plain SET b = what FROM "
        "i "
        "WHERE id = 1",
        "UPDATE event SET day = day + 100 WHERE day < '2021-02-01'",
        "INSERT INTO event VALUES (1, '2020-02-02'), (2, '2021-02-02')",
        "DELETE FROM event_2",
        "DELETE FROM part WHERE id < 5",
        "DELETE FROM part_0 WHERE id < 5",
        "UPDATE animal SET id = 7",
        "UPDATE dog SET barks = false",
        "UPDATE simple SET alpha = alpha + 100",
        "INSERT INTO simple VALUES (100, 100)",
        "DELETE FROM simple WHERE id = 1",
        "UPDATE unwatched SET id = 2",
        "UPDATE watched SET a = 9",
        "INSERT INTO watched VALUES (5, 5)",
        "INSERT INTO ruled VALUES (1)",
        "INSERT INTO searched (b) VALUES ('some words')",
        "INSERT INTO numbered (b) VALUES ('x')",
        "INSERT INTO harmless_defaults DEFAULT VALUES",
        "INSERT INTO instead VALUES (1)",
        "SELECT writes()",
        "SELECT * FROM writing",
        "SELECT * FROM plain WHERE a = writes()",
        "SELECT with_default()",
        "SELECT writing_sum(a) FROM plain",
        "SELECT e.full_name, now(), random() FROM employee e",
        "SELECT * FROM staff_of_staff FOR UPDATE OF staff_of_staff",
        "SELECT nextval('ticket'), setval('ticket', 5)",
        "DO 'BEGIN DELETE FROM badge_use; END'",
        "INSERT INTO plain (id, a) VALUES (50, 50); DELETE FROM badge_use; SELECT 1",
        "CREATE TEMP TABLE n AS SELECT * FROM org",
        "DECLARE c CURSOR FOR SELECT writes() FROM generate_series(1, 3); FETCH ALL FROM c",
        "PREPARE q AS DELETE FROM badge_use; DEALLOCATE q",
        "EXPLAIN DELETE FROM org",
        "EXPLAIN ANALYZE DELETE FROM org WHERE id = 2",
        "LOCK TABLE org",
        "COPY (DELETE FROM badge_use RETURNING badge_id) TO '/dev/null'",
        "COPY plain (b) TO '/dev/null'",
    };
    int written = 0;
    for (const char* text : texts) {
        const statement_effects foreseen = effects_of(statements_.of(text), &known());
        for (const oid number : observed(text, "n_tup_ins + n_tup_upd + n_tup_del")) {
            ++written;
            const bool is_temporary = known().find(number) == nullptr;
            EXPECT_TRUE(foreseen.writes_everything || is_temporary ||
                        std::binary_search(foreseen.writes.begin(), foreseen.writes.end(), number))
                << text << " wrote " << names_of({number}, known())
                << ", foreseen: " << described_writes(foreseen, known());
        }
    }
    EXPECT_GT(written, 50) << "a test of nothing";
}

TEST_F(observed_test, nothing_is_read_that_was_not_foreseen) {
    const std::pair<const char*, const char*> texts[] = {
        {"SELECT * FROM staff", nullptr},
        {"SELECT * FROM staff_of_staff", nullptr},
        {"SELECT * FROM simple WHERE id = 1", nullptr},
        {"SELECT * FROM totals", nullptr},
        {"SELECT * FROM event", nullptr},
        {"SELECT * FROM event_2", nullptr},
        {"SELECT * FROM animal", nullptr},
        {"SELECT * FROM part WHERE id = 1", nullptr},
        {"SELECT * FROM guarded", nullptr},
        {"SELECT * FROM guarded", "nobody_special"},
        {"SELECT * FROM mine", nullptr},
        {"SELECT * FROM steadily", nullptr},
        {"SELECT * FROM looking", nullptr},
        {"SELECT one FROM looking", nullptr},
        {"SELECT e.full_name FROM employee e", nullptr},
        {"SELECT looks()", nullptr},
        {"WITH RECURSIVE t AS (SELECT id FROM employee WHERE id = 1 UNION SELECT e.id FROM employee"
         " e JOIN t ON t.id = e.boss_id) SELECT count(*) FROM t JOIN badge b ON b.id = t.id",
         nullptr},
        {"SELECT (SELECT count(*) FROM badge WHERE employee_id = o.id) FROM org o", nullptr},
        {"SELECT id FROM org UNION SELECT id FROM plain", nullptr},
        {"SELECT p.*, x.n FROM plain p, LATERAL (SELECT count(*) AS n FROM org WHERE id = p.id) x",
         nullptr},
    };
    int read = 0;
    for (const auto& [text, role] : texts) {
        const statement_effects foreseen = effects_of(statements_.of(text), &known());
        for (const oid number : observed(text, "seq_scan + coalesce(idx_scan, 0)", role)) {
            ++read;
            EXPECT_TRUE(!foreseen.reads_known ||
                        std::binary_search(foreseen.reads.begin(), foreseen.reads.end(), number))
                << text << " read " << names_of({number}, known())
                << ", foreseen: " << described_reads(foreseen, known());
        }
    }
    EXPECT_GT(read, 20) << "a test of nothing";
}

TEST_F(catalog_server_test, without_a_catalog_nearly_all_is_unknown) {
    const auto both = [this](std::string_view text) {
        const statement_effects e = effects_of(statements_.of(text), nullptr);
        EXPECT_FALSE(e.reads_known) << text;
        return described_writes(e, known());
    };
    EXPECT_EQ(both("SELECT 1"), "nothing");
    EXPECT_EQ(both("SELECT now(), lower('x'), nextval('s')"), "nothing");
    EXPECT_EQ(both("BEGIN"), "nothing");
    EXPECT_EQ(both("SELECT * FROM plain"), "everything: the database's catalog is not known");
    EXPECT_EQ(both("UPDATE plain SET a = 1"), "everything: the database's catalog is not known");
    EXPECT_EQ(both("SELECT writes()"), "everything: calls writes(), which is unknown, maybe DDL");
}

TEST_F(catalog_server_test, each_rule_adds_something) {
    effect_rules without;
    without.foreign_key_actions = false;
    EXPECT_EQ(writes("DELETE FROM org", without), "org");
    without = {};
    without.triggers = false;
    EXPECT_EQ(writes("DELETE FROM watched", without), "watched");
    without = {};
    without.rewrite_rules = false;
    EXPECT_EQ(writes("INSERT INTO ruled VALUES (1)", without), "ruled");
    without = {};
    without.partitions = false;
    EXPECT_EQ(writes("DELETE FROM event", without), "event");
    EXPECT_EQ(reads("SELECT * FROM event", without), "event");
    without = {};
    without.views = false;
    EXPECT_EQ(reads("SELECT * FROM staff", without), "staff");
    EXPECT_EQ(writes("DELETE FROM simple", without), "simple");
    without = {};
    without.row_security = false;
    EXPECT_EQ(reads("SELECT * FROM guarded", without), "guarded");
    without = {};
    without.function_calls = false;
    EXPECT_EQ(writes("SELECT writes()", without), "nothing");
    without = {};
    without.common_table_expressions = false;
    EXPECT_EQ(writes("WITH d AS (DELETE FROM badge RETURNING id) SELECT * FROM d", without),
              "nothing");
    without = {};
    without.unknown_statements = false;
    EXPECT_EQ(writes("DO 'BEGIN NULL; END'", without), "nothing");
}

// The last ones: they change the server.
TEST_F(catalog_server_test, stamp_changes_with_ddl_and_not_without) {
    const auto stamp = [] { return test::load_catalog(server_->conninfo()).stamp; };
    std::string before = stamp();
    server_->execute("INSERT INTO plain (id, a) SELECT i, i FROM generate_series(1, 1000) i");
    server_->execute("CREATE TEMP TABLE passing (a int)");
    server_->execute("ANALYZE plain");
    EXPECT_EQ(stamp(), before);
    for (const char* ddl :
         {"CREATE TABLE fresh (a int)", "ALTER TABLE fresh ADD b int", "DROP TABLE fresh",
          "CREATE TRIGGER late BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION note()",
          "ALTER TABLE plain DISABLE TRIGGER late", "DROP TRIGGER late ON plain",
          "CREATE OR REPLACE VIEW simple AS SELECT id, a AS alpha FROM plain WHERE a < 5",
          "ALTER FUNCTION looks() VOLATILE", "ALTER TABLE plain ENABLE ROW LEVEL SECURITY",
          "CREATE POLICY late ON plain USING (true)", "DROP POLICY late ON plain",
          "ALTER TABLE badge_use DROP CONSTRAINT badge_use_badge_id_fkey",
          "CREATE UNIQUE INDEX late ON employee (name)", "ALTER SCHEMA tenant_a RENAME TO tenant_z",
          "ALTER TABLE animal ALTER id SET DEFAULT 1", "CREATE TABLE puppy () INHERITS (dog)",
          "CREATE COLLATION late FROM \"C\""}) {
        server_->execute(ddl);
        const std::string after = stamp();
        EXPECT_NE(after, before) << ddl;
        before = after;
    }
}

TEST_F(catalog_server_test, what_no_text_shows) {
    server_->execute("CREATE DOMAIN positive AS int CHECK (VALUE > looks())");
    auto loaded = test::load_catalog(server_->conninfo());
    EXPECT_EQ(loaded.known->hidden().domain_function, "looks");
    EXPECT_EQ(described_reads(effects_of(statements_.of("SELECT * FROM org"), loaded.known.get()),
                              *loaded.known),
              "? a cast or domain of the database calls looks()");
    server_->execute("DROP DOMAIN positive");

    server_->execute(
        "CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO audit VALUES (TG_TAG); END'");
    server_->execute("CREATE EVENT TRIGGER late ON ddl_command_end EXECUTE FUNCTION on_ddl()");
    loaded = test::load_catalog(server_->conninfo());
    EXPECT_EQ(described_writes(
                  effects_of(statements_.of("CREATE TEMP TABLE n (a int)"), loaded.known.get()),
                  *loaded.known),
              "everything: is DDL, DDL");
    server_->execute("DROP EVENT TRIGGER late");

    EXPECT_FALSE(loaded.known->functions_may_do_ddl());
    server_->execute(
        "CREATE FUNCTION makes() RETURNS void LANGUAGE plpgsql AS"
        " 'BEGIN EXECUTE $$CREATE TABLE made ()$$; END'");
    loaded = test::load_catalog(server_->conninfo());
    EXPECT_TRUE(loaded.known->functions_may_do_ddl());
    EXPECT_EQ(described_writes(effects_of(statements_.of("SELECT writes()"), loaded.known.get()),
                               *loaded.known),
              "everything: calls writes(), maybe DDL");
}

}  // namespace
}  // namespace pgfold::catalog
