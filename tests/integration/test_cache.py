"""Answers from memory: the same rows and bytes as from the server, and never older than a write."""

import json
import threading
import urllib.request

import psycopg2
import pytest
import yaml

from support.loop_clients import CLIENTS, Psycopg2
from support.raw_connection import RawConnection
from support.waiting import wait_until
from support import wire

SCHEMA = """
CREATE SCHEMA cached;
CREATE TABLE cached.country (id int PRIMARY KEY, code text, name text, area numeric);
CREATE TABLE cached.busy (id int PRIMARY KEY, n int);
CREATE TABLE cached.parent (id int PRIMARY KEY);
CREATE TABLE cached.child (id int PRIMARY KEY, parent_id int REFERENCES cached.parent
                           ON DELETE CASCADE);
CREATE TABLE cached.tenant (id int PRIMARY KEY, owner text);
ALTER TABLE cached.tenant ENABLE ROW LEVEL SECURITY;
CREATE TABLE cached.big (id int, filler text);
CREATE VIEW cached.large AS SELECT * FROM cached.country WHERE area > 50;
INSERT INTO cached.country SELECT i, 'c' || i, 'country ' || i, i * 1.5
    FROM generate_series(1, 100) i;
INSERT INTO cached.busy SELECT i, 0 FROM generate_series(1, 10) i;
INSERT INTO cached.parent SELECT generate_series(1, 20);
INSERT INTO cached.child SELECT i, 1 + i % 20 FROM generate_series(1, 60) i;
INSERT INTO cached.tenant VALUES (1, 'a');
INSERT INTO cached.big SELECT i, repeat('x', 100) FROM generate_series(1, 3000) i;
ANALYZE;
"""
RULES = {"rules": [{"tables": ["country", "large", "parent", "child", "tenant", "big"],
                    "ttl": "1h"}]}
BY_ID = "SELECT id, code, name, area FROM cached.country WHERE id = ?"


@pytest.fixture(scope="module", autouse=True)
def tables(pg):
    pg.psql(SCHEMA)
    yield
    pg.psql("DROP SCHEMA cached CASCADE")


@pytest.fixture
def cache(start_pgfold, pg):
    return start_pgfold(pg.endpoint.dsn(), config={"cache": RULES, "batch": {"mode": "off"}})


def hits(proxy):
    return proxy.metric("pgfold_cache_hits_total")


def flush(proxy, table):
    url = f"{proxy.admin_url}/api/v1/cache/flush?table={table}"
    with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
        return json.loads(answer.read())["flushed"]


def warm(proxy, db, sql, *values):
    """Until it is answered from memory: the catalog has to be known before anything is kept."""
    def is_hit():
        before = hits(proxy)
        db.rows(sql, *values)
        return hits(proxy) > before
    wait_until(is_hit, f"a hit for {sql}")


@pytest.mark.parametrize("client", CLIENTS)
def test_rows_are_those_of_the_server(client, cache, direct):
    plain, through = CLIENTS[client](direct), CLIENTS[client](cache.endpoint)
    questions = [(BY_ID, (i,)) for i in (1, 2, 3, 77, 1000)] + [
        ("SELECT count(*), sum(area) FROM cached.country", ()),
        ("SELECT name FROM cached.large ORDER BY id", ()),
        ("SELECT c.id, p.id FROM cached.child c JOIN cached.parent p ON p.id = c.parent_id"
         " WHERE p.id = ? ORDER BY c.id", (3,)),
        ("SELECT id, filler FROM cached.big ORDER BY id", ())]
    warm(cache, through, BY_ID, 50)
    for _ in range(8):
        for sql, values in questions:
            assert through.rows(sql, *values) == plain.rows(sql, *values), sql
    assert hits(cache) >= 4 * len(questions)
    plain.close()
    through.close()


def test_bytes_are_those_of_the_server(cache, direct):
    cycles = [
        wire.query("SELECT id, code, area FROM cached.country WHERE id = 5"),
        wire.query("SELECT id FROM cached.country WHERE id = -5"),
        wire.query("SELECT id, filler FROM cached.big WHERE id < 2000 ORDER BY id"),
    ]
    warm(cache, Psycopg2(cache.endpoint), BY_ID, 50)
    for cycle in cycles:
        answers = []
        for endpoint in (direct, cache.endpoint, cache.endpoint):
            with RawConnection(endpoint) as connection:
                connection.login()
                connection.send(cycle)
                answers.append(connection.read_until(b"Z"))
        assert answers[0] == answers[1] == answers[2]


def test_what_is_written_is_read_at_once(cache):
    """Write, acknowledge, read on another connection: by every kind of write, many times."""
    reader, other, writer = (Psycopg2(cache.endpoint) for _ in range(3))
    warm(cache, reader, BY_ID, 7)
    before = hits(cache)
    for number in range(200):
        name = f"name {number}"
        for db in (reader, other):
            db.rows(BY_ID, 7)
        writer.rows("UPDATE cached.country SET name = ? WHERE id = 7", name)
        assert reader.rows(BY_ID, 7)[0][2] == name
        assert other.rows(BY_ID, 7)[0][2] == name
    assert hits(cache) - before >= 200


def test_a_cascade_is_a_write(cache):
    reader, writer = Psycopg2(cache.endpoint), Psycopg2(cache.endpoint)
    children = "SELECT id FROM cached.child WHERE parent_id = ? ORDER BY id"
    warm(cache, reader, children, 4)
    assert reader.rows(children, 4)
    writer.rows("DELETE FROM cached.parent WHERE id = 4")
    assert reader.rows(children, 4) == []


def test_an_open_transaction_shows_its_own_writes_and_nobody_else_does(cache):
    reader = Psycopg2(cache.endpoint)
    warm(cache, reader, BY_ID, 8)
    old = reader.rows(BY_ID, 8)
    writer = Psycopg2(cache.endpoint, autocommit=False)
    writer.rows("UPDATE cached.country SET name = 'mine' WHERE id = 8")
    assert writer.rows(BY_ID, 8)[0][2] == "mine"
    assert reader.rows(BY_ID, 8) == old
    writer.connection.rollback()
    assert writer.rows(BY_ID, 8) == old
    assert reader.rows(BY_ID, 8) == old


def test_transactions_are_answered_before_their_first_write_and_under_read_committed(cache):
    db = Psycopg2(cache.endpoint)
    warm(cache, db, BY_ID, 9)

    def in_transaction():
        before = hits(cache)
        db.rows("BEGIN")
        db.rows(BY_ID, 9)
        db.rows("COMMIT")
        return hits(cache) > before
    wait_until(in_transaction, "a hit inside a transaction")
    for begin in ("BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL SERIALIZABLE"):
        before = hits(cache)
        db.rows(begin)
        db.rows(BY_ID, 9)
        db.rows("COMMIT")
        assert hits(cache) == before
    before = hits(cache)
    db.rows("BEGIN")
    db.rows("UPDATE cached.busy SET n = n + 1")
    db.rows(BY_ID, 9)
    db.rows("COMMIT")
    assert hits(cache) == before


def test_a_fixed_snapshot_is_not_told_to_others(cache):
    reader, writer = Psycopg2(cache.endpoint), Psycopg2(cache.endpoint)
    fixed = Psycopg2(cache.endpoint)
    warm(cache, reader, BY_ID, 10)
    fixed.rows("BEGIN ISOLATION LEVEL REPEATABLE READ")
    old = fixed.rows(BY_ID, 10)
    writer.rows("UPDATE cached.country SET name = 'newer' WHERE id = 10")
    assert fixed.rows(BY_ID, 10) == old
    assert reader.rows(BY_ID, 10)[0][2] == "newer"
    fixed.rows("COMMIT")


def test_settings_and_roles_are_kept_apart(cache, pg):
    pg.psql("DROP ROLE IF EXISTS cache_reader; CREATE ROLE cache_reader;"
            " GRANT cache_reader TO CURRENT_USER")
    try:
        plain, other = Psycopg2(cache.endpoint), Psycopg2(cache.endpoint)
        when = "SELECT to_timestamp(id)::text FROM cached.country WHERE id = ?"
        plain.rows("SET timezone = 'UTC'")
        other.rows("SET timezone = 'Asia/Tokyo'")
        warm(cache, plain, when, 5)
        assert plain.rows(when, 5) != other.rows(when, 5)
        plain.rows("SET timezone = 'Asia/Tokyo'")
        assert plain.rows(when, 5) == other.rows(when, 5)
        warm(cache, other, BY_ID, 11)
        other.rows("SET ROLE cache_reader")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            other.rows(BY_ID, 11)
    finally:
        pg.psql("DROP ROLE cache_reader")


def test_what_is_not_kept_is_asked_each_time_and_says_why(cache):
    db = Psycopg2(cache.endpoint)
    warm(cache, db, BY_ID, 12)
    before = hits(cache)
    refused = {
        "SELECT n FROM cached.busy WHERE id = 1": "no rule",
        "SELECT id, now() FROM cached.country WHERE id = 1": "now()",
        "SELECT id, random() FROM cached.country WHERE id = 1": "random()",
        "SELECT id, current_user FROM cached.country WHERE id = 1": "session",
        "SELECT id FROM cached.tenant WHERE id = 1": "row-level security",
        "SELECT id FROM cached.country WHERE id = 1 FOR SHARE": "locks rows",
        "SELECT id FROM cached.country TABLESAMPLE SYSTEM (100) WHERE id = 1": "sample",
        "SELECT relname FROM pg_class WHERE oid = 1": "system catalog",
    }
    for _ in range(3):
        for sql in refused:
            db.rows(sql)
        for day in ("'today'::date", "date 'today'", "CAST('today' AS date)"):
            db.rows(f"SELECT id FROM cached.country WHERE {day} > '2020-01-01' AND id = 1")
    assert hits(cache) == before
    shown = cache.get_json("/api/v1/cache")["not_cached"]
    for sql, reason in refused.items():
        assert any(reason in one["reason"] for one in shown), (sql, shown)


def bypasses(proxy):
    return proxy.get_json("/api/v1/cache")["bypasses"]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_switches_it_off_and_on(client, cache):
    db = CLIENTS[client](cache.endpoint)
    warm(cache, db, BY_ID, 16)

    def is_hit(sql=BY_ID):
        before = hits(cache)
        db.rows(sql, 16)
        return hits(cache) > before
    assert is_hit()
    db.rows("SET pgfold.cache = off")
    assert not is_hit() and not is_hit()
    db.rows("SET pgfold.cache = on")
    assert is_hit()
    db.rows("SET pgfold.cache TO 'false'")
    db.rows("RESET pgfold.cache")
    assert is_hit()
    nocache = "/*pgfold:nocache*/ " + BY_ID
    assert not is_hit(nocache) and not is_hit(nocache)
    assert is_hit()
    assert bypasses(cache)["switched_off"] >= 4


def test_the_switch_is_shown(cache, start_pgfold, pg):
    db = Psycopg2(cache.endpoint)
    assert db.rows("SHOW pgfold.cache") == [("on",)]
    db.rows("SET pgfold.cache = off")
    assert db.rows("SHOW pgfold.cache") == [("off",)]
    assert db.rows("SHOW pgfold.batch") == [("on",)]
    with pytest.raises(psycopg2.errors.InvalidParameterValue):
        db.rows("SET pgfold.cache = perhaps")
    db.rows("DISCARD ALL")
    assert db.rows("SHOW pgfold.cache") == [("on",)]
    without = Psycopg2(start_pgfold(pg.endpoint.dsn()).endpoint)
    assert without.rows("SHOW pgfold.cache") == [("off",)]


# Each says which key it is of in its own way; the row of 31 stays as it is.
WRITES_OF_30 = [
    ("UPDATE cached.country SET name = name WHERE id = ?", 30),
    ("UPDATE cached.country SET area = area + 1, code = code WHERE id = ? AND area > 0", 30),
    ("DELETE FROM cached.country WHERE id = ?", 30),
    ("INSERT INTO cached.country (code, name, id) VALUES ('c30', 'country 30', ?)", 30),
]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_write_of_one_key_leaves_the_others(client, cache):
    db, writer = CLIENTS[client](cache.endpoint), CLIENTS[client](cache.endpoint)
    warm(cache, db, BY_ID, 31)
    for write, key in WRITES_OF_30:
        for wanted in (30, 31):
            db.rows(BY_ID, wanted)
        for _ in range(2):
            db.rows(BY_ID, 30)
        writer.rows(write, key)
        before = hits(cache)
        db.rows(BY_ID, 31)
        assert hits(cache) == before + 1, write
        db.rows(BY_ID, 30)
        assert hits(cache) == before + 1, write
    db.rows(BY_ID, 31)
    writer.rows("UPDATE cached.country SET area = area")
    before = hits(cache)
    db.rows(BY_ID, 31)
    assert hits(cache) == before


def test_a_key_of_another_type_is_no_key(cache):
    """As an oid, 4294967289 is -7. What type a value has, its own text does not say."""
    db, writer = Psycopg2(cache.endpoint), Psycopg2(cache.endpoint)
    writer.rows("INSERT INTO cached.country (id, name) VALUES (-7, 'negative')")
    warm(cache, db, BY_ID, -7)
    writer.rows("PREPARE rename(oid, text) AS UPDATE cached.country SET name = $2 WHERE id = $1")
    for number, rename in enumerate([
            "EXECUTE rename(4294967289, 'name 0')",
            "UPDATE cached.country SET name = 'name 1' WHERE id = 4294967289::oid",
            "UPDATE cached.country SET name = 'name 2' WHERE id = CAST('4294967289' AS oid)",
            "UPDATE cached.country SET name = 'name 3' WHERE id = '-7'::float8"]):
        for _ in range(2):
            db.rows(BY_ID, -7)
        writer.rows(rename)
        assert db.rows(BY_ID, -7)[0][2] == f"name {number}"


def test_settings_changed_out_of_sight_are_asked_for(cache, pg):
    """By a function, by DO, by several statements in one text: the session does not stay out."""
    pg.psql("CREATE OR REPLACE FUNCTION cached.tokyo() RETURNS void LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM set_config('timezone', 'Asia/Tokyo', false); END $$")
    db, plain = Psycopg2(cache.endpoint), Psycopg2(cache.endpoint)
    when = "SELECT to_timestamp(id)::text FROM cached.country WHERE id = ?"
    plain.rows("SET timezone = 'UTC'")
    warm(cache, plain, when, 5)
    utc = plain.rows(when, 5)
    for change, zone in (("SET timezone = 'UTC'; SELECT cached.tokyo()", "Asia/Tokyo"),
                         ("DO $$ BEGIN SET timezone = 'UTC'; END $$", "UTC"),
                         ("SELECT cached.tokyo()", "Asia/Tokyo"),
                         ("SET timezone = 'UTC'; SET work_mem = '4MB'", "UTC")):
        db.rows(change)
        warm(cache, db, when, 5)
        assert (db.rows(when, 5) == utc) == (zone == "UTC"), change
    assert bypasses(cache)["settings_unknown"] >= 4


def test_a_temporary_table_made_out_of_sight_hides_the_other(cache, pg):
    pg.psql("CREATE OR REPLACE FUNCTION cached.hide() RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
            " CREATE TEMPORARY TABLE country AS SELECT 14 AS id, 'hidden'::text AS name; END $$")
    db, other = Psycopg2(cache.endpoint), Psycopg2(cache.endpoint)
    bare = "SELECT name FROM country WHERE id = ?"
    for each in (db, other):
        each.rows("SET search_path = cached")
    warm(cache, other, bare, 14)
    db.rows("SELECT cached.hide()")
    for _ in range(5):
        other.rows(bare, 14)
        assert db.rows(bare, 14) == [("hidden",)]


def test_what_is_no_plain_read_is_never_kept(cache):
    db = Psycopg2(cache.endpoint, autocommit=False)
    warm(cache, Psycopg2(cache.endpoint), BY_ID, 17)
    before = hits(cache)
    for _ in range(3):
        db.rows("DECLARE c CURSOR FOR SELECT id FROM cached.country WHERE id > 0 ORDER BY id")
        assert db.rows("FETCH 2 FROM c") == [(1,), (2,)]
        db.rows("CLOSE c")
        db.rows("SELECT id FROM cached.country WHERE id = 17 FOR UPDATE")
        db.rows("EXPLAIN SELECT id FROM cached.country WHERE id = 17")
        db.rows("SELECT nextval(pg_get_serial_sequence('cached.country', 'id')), id"
                " FROM cached.country WHERE id = 17")
        db.connection.commit()
    assert hits(cache) == before


def test_ddl_and_temporary_tables(cache):
    db, other = Psycopg2(cache.endpoint), Psycopg2(cache.endpoint)
    columns = "SELECT * FROM cached.country WHERE id = ?"
    warm(cache, db, columns, 13)
    other.rows("ALTER TABLE cached.country ADD COLUMN extra int DEFAULT 5")
    try:
        assert len(db.rows(columns, 13)[0]) == 5
        warm(cache, db, columns, 13)
    finally:
        other.rows("ALTER TABLE cached.country DROP COLUMN extra")
    assert len(db.rows(columns, 13)[0]) == 4
    for each in (db, other):
        each.rows("SET search_path = cached")
    bare = "SELECT name FROM country WHERE id = ?"
    warm(cache, db, bare, 14)
    other.rows("CREATE TEMPORARY TABLE country AS SELECT 14 AS id, 'temporary'::text AS name")
    assert other.rows(bare, 14) == [("temporary",)]
    assert db.rows(bare, 14) == [("country 14",)]


def test_a_flush_forgets(cache, pg):
    db = Psycopg2(cache.endpoint)
    warm(cache, db, BY_ID, 15)
    # Beside pgfold, which cannot know.
    pg.psql("UPDATE cached.country SET name = 'beside' WHERE id = 15")
    assert db.rows(BY_ID, 15)[0][2] == "country 15"
    assert flush(cache, "busy") == 0
    assert flush(cache, "country") >= 1
    assert db.rows(BY_ID, 15)[0][2] == "beside"


def test_equal_misses_ask_once(cache, pg):
    """Many ask for the same while the table is locked: one of them gets through."""
    clients = [Psycopg2(cache.endpoint) for _ in range(8)]
    sql = "SELECT count(*) FROM cached.big WHERE id < ?"
    warm(cache, clients[0], sql, 1)
    lock = psycopg2.connect(pg.endpoint.dsn())
    lock.cursor().execute("LOCK TABLE cached.big")
    found = []
    threads = [threading.Thread(target=lambda c=c: found.append(c.rows(sql, 100)))
               for c in clients]
    for thread in threads:
        thread.start()
    asking = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    wait_until(lambda: int(pg.psql(asking)) >= 1, "one that asks")
    lock.rollback()
    for thread in threads:
        thread.join()
    assert found == [[(99,)]] * 8


def test_a_leader_that_is_gone_releases_the_others(cache, pg):
    leader, other = Psycopg2(cache.endpoint), Psycopg2(cache.endpoint)
    sql = "SELECT sum(id) FROM cached.big WHERE id < ?"
    warm(cache, other, sql, 1)
    lock = psycopg2.connect(pg.endpoint.dsn())
    lock.cursor().execute("LOCK TABLE cached.big")
    failed = []

    def lead():
        try:
            leader.rows(sql, 50)
        except psycopg2.Error as error:
            failed.append(error)
    first = threading.Thread(target=lead)
    first.start()
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    wait_until(lambda: pg.psql(waiting).strip(), "the leader to ask")
    found = []
    second = threading.Thread(target=lambda: found.append(other.rows(sql, 50)))
    second.start()
    pg.psql(f"SELECT pg_terminate_backend({pg.psql(waiting).split()[0]})")
    first.join()
    lock.rollback()
    second.join()
    assert failed and found == [[(sum(range(50)),)]]


def test_tables_that_are_seldom_written_are_found(start_pgfold, pg):
    proxy = start_pgfold(pg.endpoint.dsn(), config={
        "cache": {"auto": {"enabled": True, "max_writes_per_hour": 4, "ttl": "1h"}}})
    db = Psycopg2(proxy.endpoint)
    n = "SELECT n FROM cached.busy WHERE id = ?"
    warm(proxy, db, n, 1)
    for _ in range(20):
        db.rows("UPDATE cached.busy SET n = n + 1 WHERE id = 1")
        db.rows(n, 1)
    before = hits(proxy)
    for _ in range(5):
        db.rows(n, 1)
    assert hits(proxy) == before
    warm(proxy, db, BY_ID, 1)


def test_a_session_whose_writes_nobody_followed_keeps_it_off(start_pgfold, pg):
    """One that began while there was neither a cache nor folding, as long as it is there."""
    proxy = start_pgfold(pg.endpoint.dsn(), config={"batch": {"mode": "off"}})
    unseen = Psycopg2(proxy.endpoint)
    unseen.rows(BY_ID, 20)
    settings = yaml.safe_load(proxy.config_path.read_text()) or {}
    proxy.config_path.write_text(yaml.safe_dump({**settings, "cache": RULES}))
    wait_until(lambda: proxy.get_json("/api/v1/cache")["enabled"], "the new configuration")
    db = Psycopg2(proxy.endpoint)
    for number in range(5):
        unseen.rows("UPDATE cached.country SET name = ? WHERE id = 20", f"name {number}")
        assert db.rows(BY_ID, 20)[0][2] == f"name {number}"
    assert hits(proxy) == 0
    unseen.close()
    warm(proxy, db, BY_ID, 20)
