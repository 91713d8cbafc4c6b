"""Where several columns hold the keys that a loop asks for, a foreign key tells which it follows."""

import psycopg2
import pytest

from support.waiting import wait_until

# Neither values nor names tell: each row has one number in all of its columns.
SCHEMA = """
CREATE SCHEMA tied;
CREATE TABLE tied.p (n int PRIMARY KEY, label text);
CREATE TABLE tied.q (n int PRIMARY KEY, label text);
CREATE TABLE tied.book (a int PRIMARY KEY, b int REFERENCES tied.q, c int REFERENCES tied.p,
                        d int REFERENCES tied.q);
INSERT INTO tied.p SELECT i, 'p ' || i FROM generate_series(1, 20) i;
INSERT INTO tied.q SELECT i, 'q ' || i FROM generate_series(1, 20) i;
INSERT INTO tied.book SELECT i, i, i, i FROM generate_series(1, 20) i;
"""


@pytest.fixture
def schema(pg):
    pg.psql(SCHEMA)
    yield
    pg.psql("DROP SCHEMA tied CASCADE")


def test_the_column_that_refers_to_the_childs_table_is_named(schema, start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn())
    connection = psycopg2.connect(process.endpoint.dsn())
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT 1")  # the catalog is read when a session begins
    cursor.execute("SELECT a, b, c, d FROM tied.book ORDER BY a")
    for row in cursor.fetchall():
        cursor.execute("SELECT label FROM tied.p WHERE n = %s", (row[2],))
        assert cursor.fetchall() == [(f"p {row[2]}",)]
    connection.close()

    def found():
        return [f for f in process.get_json("/api/v1/findings")["findings"]
                if f["class"] == "n_plus_one"]

    (finding,) = wait_until(found, "a finding")
    assert finding["parent"]["columns"] == ["c"]
