"""Naive loops through pgfold: every row as from the server itself, and most lookups never sent."""

import threading

import psycopg2
import psycopg2.errors
import pytest

from support import wire
from support.loop_clients import CLIENTS, Psycopg2
from support.waiting import wait_until
from support.raw_connection import ConnectionEnded, RawConnection

SCHEMA = """
CREATE SCHEMA folding;
CREATE TABLE folding.customer (id int PRIMARY KEY, name text, code text UNIQUE, tag uuid UNIQUE);
CREATE TABLE folding.product (id int PRIMARY KEY, name text, divisor int);
CREATE TABLE folding.orders (id int PRIMARY KEY, customer_id int REFERENCES folding.customer,
                             placed date);
CREATE TABLE folding.item (order_id int REFERENCES folding.orders, line int,
                           product_id int REFERENCES folding.product, price numeric(8,2),
                           PRIMARY KEY (order_id, line));
CREATE TABLE folding.note (order_id int, line int, body text);
CREATE TABLE folding.node (id int PRIMARY KEY, parent_id int, name text);
CREATE TABLE folding.address (customer_tag uuid, customer_code text, city text);
INSERT INTO folding.customer SELECT i, 'customer ' || i, 'c-' || i, md5(i::text)::uuid
    FROM generate_series(1, 40) i;
INSERT INTO folding.product SELECT i, 'product ' || i, i % 7 FROM generate_series(1, 30) i;
INSERT INTO folding.orders SELECT i, 1 + i * 7 % 40, date '2024-01-01' + i
    FROM generate_series(1, 120) i;
INSERT INTO folding.item SELECT o, l, 1 + (o * 3 + l) % 30, o + l / 4.0
    FROM generate_series(1, 120) o, generate_series(1, 3) l WHERE (o + l) % 4 > 0;
INSERT INTO folding.note SELECT order_id, line, 'note ' || order_id || '.' || line
    FROM folding.item WHERE line < 3;
INSERT INTO folding.node SELECT i, CASE WHEN i > 1 THEN i / 4 + 1 END, 'node ' || i
    FROM generate_series(2, 60) i;
INSERT INTO folding.node VALUES (1, NULL, 'root');
INSERT INTO folding.address SELECT tag, code, 'city ' || id FROM folding.customer WHERE id % 5 > 0;
ANALYZE;
"""


@pytest.fixture(scope="module", autouse=True)
def tables(pg):
    pg.psql(SCHEMA)
    yield
    pg.psql("DROP SCHEMA folding CASCADE")


CUSTOMERS = "SELECT id, name, code, tag FROM folding.customer ORDER BY id"
ORDERS = "SELECT id, customer_id FROM folding.orders ORDER BY id LIMIT 60"
ITEMS = "SELECT line, product_id, price FROM folding.item WHERE order_id = ? ORDER BY line"
PRODUCT = "SELECT name FROM folding.product WHERE id = ?"


def has_many(db):
    for row in db.rows(CUSTOMERS):
        yield db.rows("SELECT id, placed FROM folding.orders WHERE customer_id = ? ORDER BY id",
                      row[0])


def belongs_to(db):
    for row in db.rows(ORDERS):
        yield db.rows("SELECT name FROM folding.customer WHERE id = ?", row[1])


def many_to_many(db):
    for row in db.rows(ORDERS):
        yield db.rows("SELECT p.id, p.name FROM folding.product p JOIN folding.item i"
                      " ON i.product_id = p.id WHERE i.order_id = ? ORDER BY p.id", row[0])


def nested(db):
    for row in db.rows("SELECT id FROM folding.orders ORDER BY id LIMIT 30"):
        for item in db.rows(ITEMS, row[0]):
            yield item, db.rows(PRODUCT, item[1])


def tree(db):
    level = db.rows("SELECT id, name FROM folding.node WHERE parent_id IS NULL")
    while level:
        below = []
        for node in level:
            below += db.rows("SELECT id, name FROM folding.node WHERE parent_id = ? ORDER BY id",
                             node[0])
        yield level
        level = below


def composite(db):
    for row in db.rows("SELECT order_id, line FROM folding.item ORDER BY order_id, line LIMIT 60"):
        yield db.rows("SELECT body FROM folding.note WHERE order_id = ? AND line = ?", *row)


def uuid_keys(db):
    for row in db.rows("SELECT id, tag::text FROM folding.customer ORDER BY id"):
        yield db.rows("SELECT city FROM folding.address WHERE customer_tag = ?::uuid", row[1])


def text_keys(db):
    for row in db.rows(CUSTOMERS):
        yield db.rows("SELECT city FROM folding.address WHERE customer_code = ?", row[2])


def aggregates(db):
    for row in db.rows(ORDERS):
        yield db.rows("SELECT count(*), sum(price) FROM folding.item WHERE order_id = ?", row[0])


def latest(db):
    for row in db.rows(CUSTOMERS):
        yield db.rows("SELECT id, placed FROM folding.orders WHERE customer_id = ?"
                      " ORDER BY placed DESC LIMIT 1", row[0])


def join_with_constant(db):
    for row in db.rows(ORDERS):
        yield db.rows("SELECT i.line, p.name FROM folding.item i JOIN folding.product p"
                      " ON p.id = i.product_id WHERE i.order_id = ? AND p.divisor > ?"
                      " ORDER BY i.line", row[0], 2)


def interleaved(db):
    for row in db.rows(ORDERS):
        yield db.rows(ITEMS, row[0]), db.rows("SELECT name FROM folding.customer WHERE id = ?",
                                              row[1])


def backward(db):
    for row in reversed(db.rows(ORDERS)):
        yield db.rows(ITEMS, row[0])


def filtered(db):
    for row in db.rows(ORDERS):
        if row[0] % 3:
            yield db.rows(ITEMS, row[0])


def break_early(db):
    for number, row in enumerate(db.rows(ORDERS)):
        yield db.rows(ITEMS, row[0])
        if number == 6:
            break


def transaction_per_row(db):
    for row in db.rows(ORDERS):
        db.rows("BEGIN")
        yield db.rows(ITEMS, row[0])
        db.rows("COMMIT")


def read_committed(db):
    db.rows("BEGIN")
    yield from has_many(db)
    db.rows("COMMIT")


def repeatable_read(db):
    db.rows("BEGIN ISOLATION LEVEL REPEATABLE READ")
    yield from has_many(db)
    db.rows("COMMIT")


# … and about how many lookups are answered here at least.
LOOPS = [(has_many, 30), (belongs_to, 30), (many_to_many, 40), (nested, 20), (tree, 10),
         (composite, 40), (uuid_keys, 30), (text_keys, 30), (aggregates, 40), (latest, 30),
         (join_with_constant, 40), (interleaved, 60), (backward, 40), (filtered, 20),
         (break_early, 3), (transaction_per_row, 30), (read_committed, 30), (repeatable_read, 30)]


def folded(proxy):
    return proxy.metric("pgfold_folded_lookups_total")


@pytest.fixture(params=["pipeline", "fold"])
def own_pgfold(request, start_pgfold, pg):
    """Nothing learned yet. Age says nothing here: a machine may be slow."""
    return start_pgfold(pg.endpoint.dsn(),
                        config={"batch": {"max_age": "10s", "strategy": request.param}})


@pytest.mark.parametrize("client", CLIENTS)
def test_loops(client, own_pgfold, direct):
    """Each twice: unknown, and known."""
    plain = CLIENTS[client](direct)
    through = CLIENTS[client](own_pgfold.endpoint)
    problems = []
    for loop, least in LOOPS:
        expected = list(loop(plain))
        assert expected
        for known in (False, True):
            before = folded(own_pgfold)
            assert list(loop(through)) == expected, f"{loop.__name__}, known: {known}"
            answered = folded(own_pgfold) - before
            if answered < least:
                problems.append(f"{loop.__name__}, known: {known}: {answered} of {least}")
    plain.close()
    through.close()
    assert not problems, problems


@pytest.fixture
def db(own_pgfold):
    client = Psycopg2(own_pgfold.endpoint)
    yield client
    client.close()


@pytest.fixture
def plain(direct):
    client = Psycopg2(direct)
    yield client
    client.close()


def test_an_own_write_is_seen_by_the_next_lookup(db):
    for row in db.rows(ORDERS):
        name = db.rows("SELECT name FROM folding.customer WHERE id = ?", row[1])[0][0]
        assert name.startswith("customer")
        db.rows("UPDATE folding.customer SET name = ? WHERE id = ?", f"customer {row[0]}", row[1])
        assert db.rows("SELECT name FROM folding.customer WHERE id = ?", row[1]) \
            == [(f"customer {row[0]}",)]


def test_another_connections_write_is_seen_by_the_next_lookup(db, own_pgfold):
    before = folded(own_pgfold)
    other = Psycopg2(own_pgfold.endpoint)
    for number, row in enumerate(db.rows(CUSTOMERS)):
        if number % 4 == 3:
            other.rows("UPDATE folding.customer SET name = ? WHERE id = ?", f"new {number}", row[0])
        name = db.rows("SELECT name FROM folding.customer WHERE id = ?", row[0])[0][0]
        if number % 4 == 3:
            assert name == f"new {number}"
    other.close()
    assert folded(own_pgfold) > before


def test_a_snapshot_does_not_move(db, own_pgfold):
    """What another commits meanwhile is not seen before the transaction's end, and then it is."""
    other = Psycopg2(own_pgfold.endpoint)
    db.rows("BEGIN ISOLATION LEVEL REPEATABLE READ")
    customers = db.rows("SELECT id, name FROM folding.customer ORDER BY id")
    for number, (key, name) in enumerate(customers):
        if number == 10:
            other.rows("UPDATE folding.customer SET name = 'moved ' || id")
        assert db.rows("SELECT name FROM folding.customer WHERE id = ?", key) == [(name,)]
    db.rows("COMMIT")
    for key, _ in customers:
        assert db.rows("SELECT name FROM folding.customer WHERE id = ?", key) == [(f"moved {key}",)]
    other.close()


QUOTIENT = "SELECT 100 / divisor FROM folding.product WHERE id = ?"


@pytest.mark.parametrize("transaction", [False, True], ids=["autocommit", "transaction"])
def test_a_key_that_is_never_asked_for_divides_by_zero(db, plain, transaction):
    def loop(client):
        if transaction:
            client.rows("BEGIN")
        for (key,) in client.rows("SELECT id FROM folding.product ORDER BY id"):
            if key % 7:
                yield client.rows(QUOTIENT, key)
        if transaction:
            client.rows("COMMIT")

    expected = list(loop(plain))
    for _ in range(3):
        assert list(loop(db)) == expected
    # It fails for the one who asks.
    with pytest.raises(psycopg2.errors.DivisionByZero):
        db.rows(QUOTIENT, 7)


def test_a_statement_timeout_within_a_batch(db):
    """Some keys take longer than the client allows: only who asks for one of them hears of it."""
    slow = ("SELECT p.name FROM folding.product p WHERE p.id = ? AND"
            " (p.id <> 9 OR (SELECT count(*) FROM generate_series(1, 100000000)) > 0)")
    db.rows("SET statement_timeout = '3s'")
    for (key,) in db.rows("SELECT id FROM folding.product ORDER BY id LIMIT 15"):
        if key != 9:
            assert db.rows(slow, key) == [(f"product {key}",)]
    with pytest.raises(psycopg2.errors.QueryCanceled):
        db.rows(slow, 9)


def test_a_cancel_request_while_a_batch_is_under_way(own_pgfold, pg):
    """It reaches the batch; the connection goes on, whoever was hit."""
    connection = RawConnection(own_pgfold.endpoint).login()
    slow = ("SELECT p.name FROM folding.product p WHERE p.id = {} AND"
            " (p.id <> 5 OR (SELECT count(*) FROM generate_series(1, 100000000)) > 0)")
    connection.query("SELECT id FROM folding.product ORDER BY id")
    for key in (1, 2, 3):
        assert connection.value(slow.format(key)) == f"product {key}".encode()
    replies = []
    asking = threading.Thread(target=lambda: replies.extend(connection.query(slow.format(5))))
    asking.start()
    while asking.is_alive():  # the lookup, or the batch that was to answer it
        pg.psql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active'"
                " AND query LIKE '%generate_series(1, 100000000)%' AND pid <> pg_backend_pid()")
        asking.join(0.05)
    errors = connection.errors(replies)
    assert [e["C"] for e in errors] == ["57014"]
    assert connection.value(slow.format(4)) == b"product 4"
    connection.close()


@pytest.mark.parametrize("transaction", [False, True], ids=["autocommit", "transaction"])
@pytest.mark.parametrize("extended", [False, True], ids=["simple", "extended"])
def test_a_cancel_request_that_hits_a_batch_cancels_the_lookup_that_waits_for_it(
        extended, transaction, start_pgfold, pg):
    proxy = start_pgfold(pg.endpoint.dsn(),
                         config={"threads": 1, "batch": {"max_age": "1m", "strategy": "pipeline"}})
    slow = ("SELECT p.name FROM folding.product p WHERE p.id = {} AND"
            " (p.id <> 5 OR (SELECT count(*) FROM generate_series(1, 100000000)) > 0)")

    def lookup(key):
        if not extended:
            return wire.query(slow.format(key))
        return (wire.parse("", slow.format("$1")) + wire.bind("", "", [str(key).encode()])
                + wire.describe(b"P", "") + wire.execute("") + wire.sync())

    with RawConnection(proxy.endpoint, timeout=20).login() as connection:
        if transaction:
            connection.query("BEGIN")
        connection.query("SELECT id FROM folding.product ORDER BY id")
        for key in (1, 2):
            connection.send(lookup(key))
            replies = connection.read_until(b"Z")
            assert [r.type for r in replies][-3:] == [b"D", b"C", b"Z"]
        connection.send(lookup(5))
        # One thread: what has been sent before has been read when this one is let in.
        RawConnection(proxy.endpoint).login().close()
        # A cancel ends one of many queries, but all that stands under one Sync.
        running = "$1" if extended else "5"
        wait_until(lambda: pg.psql("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query"
                                   f" LIKE '%p.id = {running} AND%' AND pid = {connection.process_id}"),
                   "the batch to be under way")
        backend = RawConnection(proxy.endpoint)
        backend.send(wire.cancel_request(connection.process_id, connection.secret))
        backend.read_to_end()
        replies = connection.read_until(b"Z")
        assert [r.type for r in replies] == [b"E", b"Z"]
        assert [e["C"] for e in connection.errors(replies)] == ["57014"]
        assert replies[-1].body == (b"E" if transaction else b"I")
        if transaction:
            assert [e["C"] for e in connection.errors(connection.query("SELECT 1"))] == ["25P02"]
            connection.query("ROLLBACK")
        connection.send(lookup(6))
        assert [r.type for r in connection.read_until(b"Z")][-3:] == [b"D", b"C", b"Z"]


def test_ddl_in_the_loop(db, own_pgfold, plain):
    wanted = "SELECT * FROM folding.product WHERE id = ?"
    keys = [key for (key,) in db.rows("SELECT id FROM folding.product ORDER BY id")]
    for key in keys[:10]:
        assert len(db.rows(wanted, key)[0]) == 3
    plain.rows("SELECT 1")
    other = Psycopg2(own_pgfold.endpoint)
    other.rows("ALTER TABLE folding.product ADD COLUMN added int DEFAULT 5")
    for key in keys[10:]:
        assert db.rows(wanted, key) == plain.rows(wanted, key)
        assert len(db.rows(wanted, key)[0]) == 4
    other.rows("ALTER TABLE folding.product DROP COLUMN added")
    for key in keys:
        assert db.rows(wanted, key) == plain.rows(wanted, key)
    other.close()


def test_settings_in_the_loop(db, plain):
    def loop(client):
        for key in range(1, 30):
            if key == 12:
                client.rows("SET DateStyle = 'German'")
            if key == 20:
                client.rows("DISCARD ALL")
            yield client.rows("SELECT placed::text FROM folding.orders WHERE id = ?", key)

    for client in (db, plain):
        client.rows(ORDERS)
    expected = list(loop(plain))
    assert expected[11] != expected[10]
    assert list(loop(db)) == expected
    assert list(loop(db)) == expected


def test_row_security_and_roles_are_those_of_the_moment(own_pgfold, pg):
    pg.psql("""
        CREATE ROLE folding_reader;
        GRANT USAGE ON SCHEMA folding TO folding_reader;
        GRANT SELECT ON folding.customer TO folding_reader;
        ALTER TABLE folding.customer ENABLE ROW LEVEL SECURITY;
        CREATE POLICY even ON folding.customer USING (id % 2 = 0)""")
    try:
        db = Psycopg2(own_pgfold.endpoint)
        keys = [row[0] for row in db.rows(CUSTOMERS)]
        for key in keys:
            if key == 20:
                db.rows("SET ROLE folding_reader")
            found = db.rows("SELECT id FROM folding.customer WHERE id = ?", key)
            assert found == ([(key,)] if key < 20 or key % 2 == 0 else [])
        db.close()
    finally:
        pg.psql("""DROP POLICY even ON folding.customer;
            ALTER TABLE folding.customer DISABLE ROW LEVEL SECURITY;
            DROP OWNED BY folding_reader; DROP ROLE folding_reader""")


def test_a_server_that_dies_in_the_middle(start_postgres, start_pgfold):
    server = start_postgres()
    server.psql(SCHEMA)
    proxy = start_pgfold(server.endpoint.dsn())
    connection = RawConnection(proxy.endpoint).login()
    connection.query(ORDERS)
    for key in range(1, 8):
        connection.query(f"SELECT line FROM folding.item WHERE order_id = {key} ORDER BY line")
    server.kill()
    with pytest.raises((ConnectionEnded, BrokenPipeError, ConnectionResetError)):
        while True:
            replies = connection.query("SELECT line FROM folding.item WHERE order_id = 3000")
            if connection.errors(replies):
                connection.read_message()
    connection.close()
    proxy.assert_healthy()
