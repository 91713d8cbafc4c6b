"""A CancelRequest that comes while a batch is under way: who asks for what the batch was to bring
hears of it, in each driver's own way, and the connection goes on."""

import asyncio
import signal
import subprocess
import threading

import asyncpg
import psycopg2
import psycopg2.errors
import pytest

from support import wire
from support.locations import postgres_bin
from support.raw_connection import RawConnection
from support.waiting import wait_until

KEYS = "SELECT id FROM canceled.item ORDER BY id"
# The fifth never ends.
LOOKUP = ("SELECT name FROM canceled.item WHERE id = {} AND"
          " (id <> 5 OR (SELECT count(*) FROM generate_series(1, 100000000 * (id / id))) > 0)")


@pytest.fixture(scope="module", autouse=True)
def tables(pg):
    pg.psql("CREATE SCHEMA canceled; CREATE TABLE canceled.item AS"
            " SELECT id, 'item ' || id AS name FROM generate_series(1, 20) id; ANALYZE;"
            " GRANT USAGE ON SCHEMA canceled TO PUBLIC; GRANT SELECT ON canceled.item TO PUBLIC")
    yield
    # A batch that fetches the fifth again goes on when its client is gone.
    pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
            " query LIKE '%FROM canceled.item%' AND pid <> pg_backend_pid()")
    pg.psql("DROP SCHEMA canceled CASCADE")


@pytest.fixture
def proxy(start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn(), config={
        "threads": 1, "batch": {"max_age": "1m", "strategy": "pipeline"}})
    yield process
    # Else it was a lookup of the client's own, and nothing is shown.
    assert process.metric("pgfold_batches_total", outcome="canceled") >= 1


def wait_for_batch(proxy, pg, queries):
    """So many statements of the client have come, the last of which waits for the batch."""
    def all_have_come():
        connections = proxy.get_json("/api/v1/connections")["connections"]
        return queries in [each["queries"] for each in connections]

    wait_until(all_have_come, "the lookup")
    wait_until(lambda: pg.psql("SELECT 1 FROM pg_stat_activity WHERE state = 'active'"
                               " AND query LIKE '%FROM canceled.item%generate_series%'"
                               " AND pid <> pg_backend_pid()"), "the batch to be under way")


@pytest.mark.parametrize("transaction", [False, True], ids=["autocommit", "transaction"])
def test_psycopg2(proxy, pg, transaction):
    connection = psycopg2.connect(proxy.endpoint.dsn())
    connection.autocommit = not transaction
    cursor = connection.cursor()
    cursor.execute(KEYS)
    for key in range(1, 5):
        cursor.execute(LOOKUP.format(key))
        assert cursor.fetchall() == [(f"item {key}",)]
    failures = []

    def ask():
        try:
            cursor.execute(LOOKUP.format(5))
        except psycopg2.Error as error:
            failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_for_batch(proxy, pg, 6 + transaction)
    connection.cancel()
    asking.join()
    assert [type(failure) for failure in failures] == [psycopg2.errors.QueryCanceled]
    if transaction:
        with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
            cursor.execute("SELECT 1")
        connection.rollback()
    for key in (6, 7, 4):
        cursor.execute(LOOKUP.format(key))
        assert cursor.fetchall() == [(f"item {key}",)]
    connection.close()


@pytest.mark.parametrize("by", ["key", "task"])
def test_asyncpg(proxy, pg, by):
    """By the connection's key, from elsewhere; and by the task that asks."""
    async def run():
        given = proxy.endpoint.parameters()
        connection = await asyncpg.connect(
            host=given["host"], port=given["port"], user=given["user"],
            database=given["dbname"], ssl=False)

        async def check(key):
            rows = await connection.fetch(LOOKUP.format("$1"), key)
            assert [row["name"] for row in rows] == [f"item {key}"]

        await connection.fetch(KEYS)
        # The third would have to wait: a batch under one Sync is flushed at its end.
        for key in (1, 2):
            await check(key)
        asking = asyncio.ensure_future(connection.fetch(LOOKUP.format("$1"), 5))
        await asyncio.get_running_loop().run_in_executor(None, wait_for_batch, proxy, pg, 4)
        if by == "task":
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        else:
            protocol = connection._protocol  # pylint: disable=protected-access
            secret = protocol.backend_secret.to_bytes(4, "big", signed=True)
            request = RawConnection(proxy.endpoint)
            request.send(wire.cancel_request(protocol.backend_pid, secret))
            request.read_to_end()
            with pytest.raises(asyncpg.QueryCanceledError):
                await asking
        await check(6)
        await connection.close()

    asyncio.run(run())


def test_psql(proxy, pg, tmp_path):
    script = tmp_path / "loop.sql"
    script.write_text("".join(text + ";\n" for text in
                              [KEYS] + [LOOKUP.format(key) for key in range(1, 6)]))
    with subprocess.Popen(
            [postgres_bin() / "psql", "-XAtq", "-v", "VERBOSITY=sqlstate", "-f", script,
             proxy.endpoint.dsn()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True) as psql:
        wait_for_batch(proxy, pg, 6)
        psql.send_signal(signal.SIGINT)
        rows, said = psql.communicate(timeout=30)
    assert rows.split("\n")[-5:-1] == [f"item {key}" for key in range(1, 5)]
    assert "57014" in said
    assert psql.returncode != 0
