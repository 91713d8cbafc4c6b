"""Loops that a client's pool spreads over several connections: folded together, no key fetched
twice, and what is written between two lookups is seen on all of them."""

import asyncio
import threading

import asyncpg
import pytest

from support.loop_clients import Psycopg2
from support.waiting import wait_until

KEYS = 60
SCHEMA = """
CREATE SCHEMA pools;
CREATE TABLE pools.parent (id int PRIMARY KEY, name text);
CREATE TABLE pools.child (parent_id int REFERENCES pools.parent, line int, name text,
                          PRIMARY KEY (parent_id, line));
INSERT INTO pools.parent SELECT i, 'parent ' || i FROM generate_series(1, 60) i;
INSERT INTO pools.child SELECT p, l, p || '.' || l
    FROM generate_series(1, 60) p, generate_series(1, 3) l;
ANALYZE;
"""
PARENTS = "SELECT id, name FROM pools.parent ORDER BY id"
CHILDREN = "SELECT line, name FROM pools.child WHERE parent_id = %s ORDER BY line"


@pytest.fixture(scope="module", autouse=True)
def tables(pg):
    pg.psql(SCHEMA)
    yield
    pg.psql("DROP SCHEMA pools CASCADE")


def children_of(key):
    return [(line, f"{key}.{line}") for line in (1, 2, 3)]


class Counted:
    """What has reached the server of lookups of the children, since it was last asked."""

    def __init__(self, pg):
        self.pg = pg
        self.seen = 0
        self.new()

    def new(self) -> int:
        calls = int(self.pg.psql(
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
            " WHERE query LIKE 'SELECT line, name FROM pools.child%'").strip())
        before, self.seen = self.seen, calls
        return calls - before


# Each key is asked for by the loop, so that as many lookups as keys are one for each.
CONFIG = {"batch": {"max_age": "30s", "strategy": "pipeline"}}


@pytest.fixture(params=[1, 2], ids=["one_thread", "two_threads"])
def proxy(request, start_pgfold, pg):
    return start_pgfold(pg.endpoint.dsn(), config={**CONFIG, "threads": request.param})


class Pool:
    def __init__(self, endpoint, size):
        self.connections = [Psycopg2(endpoint) for _ in range(size)]

    def loop(self):
        """The parents on one connection, the lookups on each in turn."""
        for number, (key, _) in enumerate(self.connections[0].rows(PARENTS), 1):
            yield key, self.connections[number % len(self.connections)].rows(
                CHILDREN.replace("%s", "?"), key)

    def close(self):
        for connection in self.connections:
            connection.close()


def answered(proxy):
    return proxy.metric("pgfold_folded_lookups_total")


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_sequential_loop(proxy, pg, size):
    pool = Pool(proxy.endpoint, size)
    counted = Counted(pg)
    for number in range(3):
        # What the last loop has fetched may not do any more.
        pool.connections[-1].rows("UPDATE pools.child SET name = name WHERE parent_id = ?", 1)
        before = answered(proxy)
        for key, rows in pool.loop():
            assert rows == children_of(key)
        new = counted.new()
        assert new == KEYS, number
        assert answered(proxy) >= before + (KEYS // 2 if number == 0 else KEYS - 3)
    pool.close()


def test_what_one_loop_has_fetched_serves_the_next(proxy, pg):
    pool = Pool(proxy.endpoint, 2)
    list(pool.loop())
    list(pool.loop())
    counted = Counted(pg)
    assert [rows for _, rows in pool.loop()] == [children_of(key) for key in range(1, KEYS + 1)]
    assert counted.new() <= 5, "those that no batch has brought"
    pool.close()


def test_a_write_between_two_lookups_is_seen_on_all_connections(proxy):
    pool = Pool(proxy.endpoint, 3)
    other = Psycopg2(proxy.endpoint)
    list(pool.loop())
    before = answered(proxy)
    keys = [key for key, _ in pool.connections[0].rows(PARENTS)]
    for number, key in enumerate(keys):
        expected = children_of(key)
        if number % 20 == 10:
            other.rows("UPDATE pools.child SET name = 'new' WHERE parent_id = ? AND line = 2", key)
            expected[1] = (2, "new")
        sql = CHILDREN.replace("%s", "?")
        assert pool.connections[number % 3].rows(sql, key) == expected
        assert pool.connections[(number + 1) % 3].rows(sql, key) == expected
    assert answered(proxy) > before
    other.rows("UPDATE pools.child SET name = parent_id || '.' || line WHERE name = 'new'")
    other.close()
    pool.close()


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ"])
def test_loops_in_transactions(proxy, begin):
    pool = Pool(proxy.endpoint, 2)
    for number in range(3):
        before = answered(proxy)
        for connection in pool.connections:
            connection.rows(begin)
        for key, rows in pool.loop():
            assert rows == children_of(key)
        for connection in pool.connections:
            connection.rows("COMMIT")
        if number > 0 and begin == "BEGIN":
            assert answered(proxy) >= before + KEYS // 2
        pool.connections[0].rows("UPDATE pools.child SET name = name WHERE parent_id = ?", 1)
    pool.close()


def test_who_waits_for_a_session_that_ends_asks_itself(proxy, pg):
    slow = ("SELECT name FROM pools.child WHERE parent_id = ? AND line = 1 AND"
            " (parent_id <> 20 OR (SELECT count(*) FROM generate_series(1, 1000000000)) > 0)")
    pool = Pool(proxy.endpoint, 2)
    first, second = pool.connections
    keys = [key for key, _ in first.rows(PARENTS)]
    for key in keys[:18]:  # the batch that this brings does not get past 20
        assert first.rows(slow, key) == [(f"{key}.1",)]
    wait_until(lambda: pg.psql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND"
                               " query LIKE '%generate_series(1, 1000000000)%'"
                               " AND query LIKE '%= 20 %'").strip() == "1", "a slow batch")
    found = []
    asking = threading.Thread(target=lambda: found.append(second.rows(slow, 25)))
    asking.start()
    first.connection.close()
    asking.join()
    assert found == [[("25.1",)]]
    pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND"
            " query LIKE '%generate_series(1, 1000000000)%' AND pid <> pg_backend_pid()")
    second.close()


CONNECTIONS = 4


async def run_concurrently(proxy, pg, each):
    given = proxy.endpoint.parameters()
    pool = await asyncpg.create_pool(
        host=given["host"], port=given["port"], user=given["user"], database=given["dbname"],
        ssl=False, min_size=CONNECTIONS, max_size=CONNECTIONS)
    counted = Counted(pg)
    batches = 0
    try:
        for _ in range(3):
            await pool.execute("UPDATE pools.child SET name = name WHERE parent_id = 1")
            parents = await pool.fetch(PARENTS)
            rows = await each(pool, [row["id"] for row in parents])
            assert [[tuple(row) for row in some] for some in rows] \
                == [children_of(row["id"]) for row in parents]
            # What a batch foresees each of the others may be asking at that moment.
            sent = proxy.metric("pgfold_batches_total")
            crossing = (sent - batches) * (CONNECTIONS - 1)
            batches = sent
            assert KEYS <= counted.new() <= KEYS + min(crossing, 2 * (CONNECTIONS - 1))
        # The first round may be over before the catalog is known, and each worker begins alone.
        assert answered(proxy) > KEYS / 2
    finally:
        await pool.close()


SQL = CHILDREN.replace("%s", "$1")


async def as_tasks(pool, keys):
    """A connection from the pool for each lookup, which is reset when it is given back."""
    return await asyncio.gather(*(pool.fetch(SQL, key) for key in keys))


async def as_workers(pool, keys):
    """Each connection takes its share of the keys."""
    found = {}

    async def work(mine):
        async with pool.acquire() as connection:
            for key in mine:
                found[key] = await connection.fetch(SQL, key)

    await asyncio.gather(*(work(keys[number::CONNECTIONS]) for number in range(CONNECTIONS)))
    return [found[key] for key in keys]


@pytest.mark.parametrize("each", [as_tasks, as_workers])
def test_concurrent_lookups(each, proxy, pg):
    asyncio.run(run_concurrently(proxy, pg, each))
