"""The catalog that folding rests on: what DDL costs when it has changed nothing."""

import psycopg2
import pytest

from support.waiting import wait_until

PARENT = "SELECT id FROM catalog_list ORDER BY id"
CHILD = "SELECT id FROM catalog_item WHERE list_id = %s ORDER BY id"


@pytest.fixture(scope="module", autouse=True)
def tables(pg):
    pg.psql("""
        CREATE TABLE catalog_list (id int PRIMARY KEY);
        CREATE TABLE catalog_item (id int PRIMARY KEY, list_id int REFERENCES catalog_list);
        INSERT INTO catalog_list SELECT generate_series(1, 20);
        INSERT INTO catalog_item SELECT i, 1 + i % 20 FROM generate_series(1, 40) i""")
    yield
    pg.psql("DROP TABLE catalog_item, catalog_list")


def test_ddl_that_changed_nothing_is_told_by_the_stamp(start_pgfold, pg):
    def asked(part: str) -> int:
        return int(pg.psql("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
                           f" WHERE query LIKE '%{part}%' AND query NOT LIKE '%stat_statements%'"))

    functions, stamps = "pg_catalog.pg_language l", "string_agg(concat(rows"
    loads, comparisons = asked(functions), asked(stamps)
    process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"max_age": "60s"}})
    connection = psycopg2.connect(process.endpoint.dsn())
    connection.autocommit = True
    cursor = connection.cursor()

    def loop_folds() -> bool:
        before = process.metric("pgfold_folded_lookups_total")
        cursor.execute(PARENT)
        for (key,) in cursor.fetchall():
            cursor.execute(CHILD, (key,))
            assert [row[0] % 20 for row in cursor.fetchall()] == 2 * [(key - 1) % 20]
        return process.metric("pgfold_folded_lookups_total") > before

    wait_until(loop_folds, "a loop that folds")
    assert (asked(functions), asked(stamps)) == (loads + 1, comparisons + 1)

    cursor.execute("BEGIN; CREATE TABLE catalog_never (id int); ROLLBACK")
    wait_until(loop_folds, "a loop that folds again")
    assert (asked(functions), asked(stamps)) == (loads + 1, comparisons + 2), "only the stamp"

    cursor.execute("ALTER TABLE catalog_item ADD made int")
    wait_until(loop_folds, "a loop that folds on the changed table")
    assert (asked(functions), asked(stamps)) == (loads + 2, comparisons + 4), "the stamp, then all"
    connection.close()
