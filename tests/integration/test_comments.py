"""Comments and SQL's own PREPARE: what pgfold reads in them, and what the server gets to see."""

import psycopg
import psycopg2
import pytest

from support.loop_clients import Asyncpg, Psycopg2, Psycopg3

LEADING = "/*route='%2Fteams'*/ "


@pytest.fixture
def stripping(start_pgfold, pg):
    return start_pgfold(pg.endpoint.dsn(), config={"comments": "strip"})


@pytest.mark.parametrize("text", [
    LEADING + "SELECT nothing FROM pg_class",
    LEADING + "SELECT relname FROM pg_class WHERE relnam = 'ä'",
    "SELECT 'ä', /*route='x'*/ nothing FROM pg_class",
    "/*pgfold:ignore*/ SELECT 1 -- one\n  /*route='x'*/ + nothing",
    "SELECT nothing FROM pg_class /*route='x'*/",
    LEADING + "SELECT 'é' || 'no number'::int",
    "SELECT nothing FROM pg_class",
])
def test_errors_point_into_the_clients_text(direct, stripping, text):
    """Whatever is taken out on the way, simple and extended protocol."""
    def positions(endpoint):
        with psycopg2.connect(endpoint.dsn()) as connection:
            with pytest.raises(psycopg2.Error) as simple:
                connection.cursor().execute(text)
        connection.close()
        with psycopg.connect(endpoint.dsn()) as connection:
            with pytest.raises(psycopg.Error) as extended:
                connection.execute(text, prepare=True)
        return (simple.value.diag.statement_position, simple.value.pgcode,
                extended.value.diag.statement_position, extended.value.sqlstate)

    expected = positions(direct)
    assert expected[0] is not None
    assert positions(stripping.endpoint) == expected


def test_the_server_sees_one_text(stripping, pg):
    name = "stripped_comments"
    with psycopg2.connect(stripping.endpoint.dsn(application_name=name)) as connection:
        cursor = connection.cursor()
        for text in ("SELECT query FROM pg_stat_activity WHERE application_name = %s /*a='b'*/",
                     "/*c='d'*/ SELECT query FROM pg_stat_activity WHERE application_name = %s",
                     "/*pgfold:ignore*/ SELECT query FROM pg_stat_activity"
                     " WHERE application_name = %s /*e='f'*/"):
            cursor.execute(text, (name,))
            assert cursor.fetchall() == [
                (f"SELECT query FROM pg_stat_activity WHERE application_name = '{name}'",)]
    connection.close()


@pytest.mark.parametrize("driver", [Psycopg2, Psycopg3, Asyncpg])
def test_a_loop_with_a_comment_of_its_own_for_each_lookup_is_folded(
        driver, driver_tables, direct, stripping, pg):
    def loop(client):
        lists = client.rows("SELECT id, name FROM driver_list ORDER BY id /*id='0'*/")
        return [client.rows(f"SELECT id, title FROM driver_item WHERE list_id = ? /*id='{key}'*/",
                            key) for key, _ in lists]

    found = []
    for endpoint in (direct, stripping.endpoint):
        client = driver(endpoint)
        pg.psql("SELECT pg_stat_statements_reset()")
        found.append(loop(client))
        client.close()
    assert found[0] == found[1]
    assert stripping.metric("pgfold_folded_lookups_total") >= len(found[0]) - 5
    assert pg.psql("SELECT query FROM pg_stat_statements WHERE query LIKE '%/*id=%'"
                   " AND query LIKE '%driver_%'") == ""


def test_a_loop_of_execute_is_a_loop_of_what_was_prepared(driver_tables, start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn())
    connection = psycopg2.connect(process.endpoint.dsn())
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("PREPARE items (int) AS SELECT id, title FROM driver_item WHERE list_id = $1")
    cursor.execute("SELECT id, name FROM driver_list ORDER BY id")
    lists = [row[0] for row in cursor.fetchall()]
    for number in lists:
        cursor.execute("EXECUTE items (%s) /*route='/lists'*/", (number,))
    connection.close()
    loop, = [f for f in process.get_json("/api/v1/findings")["findings"]
             if f["class"] == "n_plus_one"]
    assert loop["query"] == "SELECT id, title FROM driver_item WHERE list_id = $1"
    assert loop["lookups"] == len(lists)
    assert loop["parent"]["query"].startswith("SELECT id, name FROM driver_list")
    assert loop["parent"]["columns"] == ["id"]
    assert loop["tags"] == {"route": "/lists"}
    assert loop["not_folded_because"] is None
    assert (loop["folded"], loop["round_trips_saved"]) == (0, 0)
    calls = {s["query"]: s["calls"] for s in process.get_json("/api/v1/statements")["statements"]}
    assert calls[loop["query"]] == len(lists)


def test_a_directive_and_the_route_are_both_read(driver_tables, start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn())
    connection = psycopg2.connect(process.endpoint.dsn())
    cursor = connection.cursor()
    cursor.execute("SELECT id, name FROM driver_list ORDER BY id")
    for (number, _) in cursor.fetchall():
        cursor.execute("/*pgfold:ignore*/ SELECT title FROM driver_item WHERE list_id = %s"
                       " /*route='/lists'*/", (number,))
    connection.close()
    finding, = process.get_json("/api/v1/findings")["findings"]
    assert finding["tags"] == {"route": "/lists"}
    assert finding["suppressed_because"]
