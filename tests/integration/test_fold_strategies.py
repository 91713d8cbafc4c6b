"""How batches are asked: rewritten as one statement where that is forced, or measured cheaper."""

import pytest

from integration.test_folding import LOOPS, tables  # noqa: F401 (a fixture)
from support.loop_clients import CLIENTS
from support.raw_connection import RawConnection

# Statements besides BEGIN, SAVEPOINT and their like, unknown and known. Each level of a nested
# loop is one of its own; each level of a tree, too.
ONE, TWO = (6, 3), (11, 6)
MOST = {"nested": (22, 9), "interleaved": TWO, "tree": (20, 9), "break_early": (7, 7)}


@pytest.fixture
def forced(start_pgfold, pg):
    return start_pgfold(pg.endpoint.dsn(),
                        config={"batch": {"max_age": "10s", "strategy": "fold"}})


def count_statements(pg):
    """Those that read the loops' tables."""
    return int(pg.psql("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
                       " WHERE query LIKE '%folding.%' AND query NOT LIKE '%pg_stat_statements%'"))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_loop_is_a_handful_of_statements(client, forced, direct, pg):
    plain = CLIENTS[client](direct)
    through = CLIENTS[client](forced.endpoint)
    problems = []
    for loop, _ in LOOPS:
        expected = list(loop(plain))
        unknown, known = MOST.get(loop.__name__, ONE)
        sent = []
        for _ in range(4):
            before = count_statements(pg)
            assert list(loop(through)) == expected, loop.__name__
            sent.append(count_statements(pg) - before)
        # On a machine that is slow at the wrong moment what was kept may be forgotten.
        if sent[0] > unknown + 1 or min(sent[1:]) > known:
            problems.append(f"{loop.__name__}: {sent} statements, not {unknown} and {known}")
    plain.close()
    through.close()
    assert not problems, problems
    for strategy in ("any", "lateral"):
        assert forced.metric("pgfold_batches_total", strategy=strategy, outcome="completed") > 0
        assert forced.metric("pgfold_batches_total", strategy=strategy, outcome="failed") == 0


CHILDREN = [
    "SELECT * FROM folding.orders WHERE customer_id = {} ORDER BY id",
    "SELECT name, code, tag FROM folding.customer WHERE id = {}",
    "SELECT c.*, c.id AS again, 1.50 AS price, NULL FROM folding.customer c WHERE c.id = {}",
    "SELECT count(*), sum(id) FROM folding.orders WHERE customer_id = {}",
    "SELECT id, placed FROM folding.orders WHERE customer_id = {} ORDER BY placed DESC LIMIT 1",
    "SELECT DISTINCT placed FROM folding.orders WHERE customer_id = {} ORDER BY 1",
    "SELECT o.id AS \"odd name\", c.name::varchar(4) FROM folding.orders o"
    " LEFT JOIN folding.customer c ON c.id = o.customer_id WHERE o.customer_id = {} ORDER BY o.id",
]


@pytest.mark.parametrize("child", CHILDREN)
def test_every_byte_is_the_servers(child, forced, direct):
    def conversation(endpoint):
        with RawConnection(endpoint).login() as connection:
            listed = connection.query("SELECT id FROM folding.customer ORDER BY id")
            return listed, [connection.query(child.format(key)) for key in range(1, 41)]

    expected = conversation(direct)
    assert conversation(forced.endpoint) == expected
    assert conversation(forced.endpoint) == expected
    assert forced.metric("pgfold_folded_lookups_total") > 60


def test_a_key_that_is_never_asked_for_fails_the_rewrite_alone(forced, direct):
    quotient = "SELECT 100 / divisor FROM folding.product WHERE id = ?"

    def loop(client):
        for (key,) in client.rows("SELECT id FROM folding.product ORDER BY id"):
            if key % 7:
                yield client.rows(quotient, key)

    plain, through = CLIENTS["psycopg3"](direct), CLIENTS["psycopg3"](forced.endpoint)
    expected = list(loop(plain))
    for _ in range(3):
        assert list(loop(through)) == expected
    assert forced.metric("pgfold_batches_total", strategy="any", outcome="failed") > 0
    assert forced.metric("pgfold_folded_lookups_total") > 0  # by pipelines
    (shown,) = forced.get_json("/api/v1/associations")["associations"]
    assert shown["strategies"]["any"]["last_failure"] == "the server refused it"
    plain.close()
    through.close()


SKEWED = """
CREATE TABLE folding.shop (id int PRIMARY KEY, name text);
CREATE TABLE folding.employee (id int PRIMARY KEY, shop_id int NOT NULL, name text NOT NULL UNIQUE);
INSERT INTO folding.shop SELECT i, 'shop ' || i FROM generate_series(1, 101) i;
INSERT INTO folding.employee
    SELECT i, CASE WHEN i % 5 < 3 THEN 1 ELSE 2 + i * 7 % 800 END, md5(i::text)
    FROM generate_series(1, 50000) i;
CREATE INDEX ON folding.employee (shop_id);
ANALYZE folding.employee;
"""


def test_a_plan_for_the_average_key_is_not_used_twice(start_pgfold, pg, direct):
    """LATERAL does not know its keys when it is planned. With most rows under one of them the
    planner walks the index of ORDER BY, and for the others that is a hundred times the work."""
    pg.psql(SKEWED)
    child = "SELECT id, name FROM folding.employee WHERE shop_id = ? ORDER BY name LIMIT 5"

    def loop(client):
        return [client.rows(child, row[0])
                for row in client.rows("SELECT id FROM folding.shop WHERE id > 1 ORDER BY id")]

    proxy = start_pgfold(pg.endpoint.dsn(), config={"batch": {"max_age": "10s"}})
    plain = CLIENTS["psycopg2"](direct)
    expected = loop(plain)
    for _ in range(30):
        through = CLIENTS["psycopg2"](proxy.endpoint)  # what is kept goes with the connection
        assert loop(through) == expected
        through.close()
    assert proxy.metric("pgfold_batches_total", strategy="lateral", outcome="completed") <= 2
    assert proxy.metric("pgfold_batches_total", strategy="pipeline", outcome="completed") >= 20
    (shown,) = proxy.get_json("/api/v1/associations")["associations"]
    assert shown["strategy"] == "pipeline"
    assert shown["rewrites"] == {"any_refused": "the lookup has a LIMIT or OFFSET",
                                 "lateral_refused": None, "keeps_order": True}
    plain.close()
    pg.psql("DROP TABLE folding.shop, folding.employee")
