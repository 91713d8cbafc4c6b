"""Answers that one session has had kept for all, and another that must not be given them: what it
asks is not quite the same, or the answer is not true any more. Each case is one reason for that.

A case returns what was answered and what PostgreSQL would have answered.
"""

import json
import threading
import time
import urllib.request

from support import wire
from support.loop_clients import Psycopg2
from support.raw_connection import RawConnection
from support.waiting import wait_until

KEYS = 40
SCHEMA = """
DROP SCHEMA IF EXISTS cached_a, cached_b CASCADE;
CREATE SCHEMA cached_a;
CREATE SCHEMA cached_b;
CREATE TABLE cached_a.child AS SELECT i AS id, 'a' || i AS name FROM generate_series(1, 40) i;
CREATE TABLE cached_b.child AS SELECT i AS id, 'b' || i AS name FROM generate_series(1, 40) i;
ALTER TABLE cached_a.child ADD PRIMARY KEY (id);
ALTER TABLE cached_a.child ADD UNIQUE (name);
CREATE TABLE cached_a.node (id int PRIMARY KEY, above int REFERENCES cached_a.node
                            ON DELETE CASCADE);
INSERT INTO cached_a.node VALUES (1, NULL), (2, 1), (3, 2);
CREATE TABLE cached_a.tenant AS SELECT i AS id, 't' || i AS owner FROM generate_series(1, 3) i;
CREATE VIEW cached_a.own AS SELECT owner FROM cached_a.tenant
    WHERE id = current_setting('app.tenant')::int;
CREATE FUNCTION cached_a.become(int) RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN PERFORM set_config('app.tenant', $1::text, false); END $$;
-- Where a query can be held after its snapshot was taken.
CREATE FUNCTION cached_a.gate(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN $1; END $$;
CREATE VIEW cached_a.gated AS SELECT id, name FROM cached_a.child WHERE cached_a.gate(id) = id;
ANALYZE;
"""
LOOKUP = "SELECT name FROM child WHERE id = ?"
# By its full name: a bare one that stands for tables in several schemas has no key.
KEYED = "SELECT name FROM cached_a.child WHERE id = ?"
GATED = "SELECT name FROM gated WHERE id = ?"
IN_A = "SET search_path TO cached_a"
IN_B = "SET search_path TO cached_b"
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ"


class Scene:
    def __init__(self, process, server):
        self.process = process
        self.server = server

    def session(self, *settings):
        made = Psycopg2(self.process.endpoint)
        for setting in settings or (IN_A,):
            made.rows(setting)
        return made

    def hits(self):
        return self.process.metric("pgfold_cache_hits_total")

    def warm(self, session, sql=LOOKUP, *values):
        """Until it is answered from memory: the catalog is known, and so are the settings."""
        def is_hit():
            before = self.hits()
            session.rows(sql, *(values or (1,)))
            return self.hits() > before
        wait_until(is_hit, f"an answer from memory to {sql}")

    def keep(self, session, sql, *values):
        """The answer is in memory now."""
        for _ in range(2):
            session.rows(sql, *values)

    def flush(self):
        url = f"{self.process.admin_url}/api/v1/cache/flush"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
            json.loads(answer.read())

    def while_asked(self, session, sql, *values, do):
        """Does something after the query's snapshot has been taken, before it has its answer."""
        gate = Psycopg2(self.server.endpoint)
        gate.rows("SELECT pg_advisory_lock(4711)")
        asking = threading.Thread(target=session.rows, args=(sql, *values))
        asking.start()
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_until(lambda: int(self.server.psql(held)) > 0, "the query to stand at the gate")
        do()
        gate.rows("SELECT pg_advisory_unlock(4711)")
        asking.join()
        gate.close()


def other_settings(scene):
    keeps, asks = scene.session(IN_A), scene.session(IN_B)
    scene.warm(keeps)
    scene.keep(keeps, LOOKUP, 20)
    return asks.rows(LOOKUP, 20), [("b20",)]


def snapshot_keeps(scene):
    """What the transaction sees is older than what others are to see."""
    keeps, asks = scene.session(), scene.session()
    scene.warm(asks)
    keeps.rows(SNAPSHOT)
    keeps.rows(LOOKUP, 19)
    asks.rows("UPDATE child SET name = 'new' WHERE id = 20")
    scene.keep(keeps, LOOKUP, 20)
    return asks.rows(LOOKUP, 20), [("new",)]


def snapshot_asks(scene):
    keeps, asks = scene.session(), scene.session()
    scene.warm(keeps)
    asks.rows(SNAPSHOT)
    asks.rows(LOOKUP, 19)
    keeps.rows("UPDATE child SET name = 'new' WHERE id = 20")
    scene.keep(keeps, LOOKUP, 20)
    return asks.rows(LOOKUP, 20), [("a20",)]


def written_while_asked(scene):
    keeps, writes = scene.session(), scene.session()
    scene.warm(keeps)
    scene.while_asked(keeps, GATED, 20, do=lambda: writes.rows(
        "UPDATE child SET name = 'new' WHERE id = 20"))
    return writes.rows(GATED, 20), [("new",)]


def flushed_while_asked(scene):
    """After a write that nobody could see."""
    keeps = scene.session()
    scene.warm(keeps)

    def write_and_flush():
        scene.server.psql("UPDATE cached_a.child SET name = 'new' WHERE id = 20")
        scene.flush()
    scene.while_asked(keeps, GATED, 20, do=write_and_flush)
    return keeps.rows(GATED, 20), [("new",)]


def other_format(scene):
    """As asyncpg asks: without a Describe, so that nothing says how the answer is written."""
    scene.warm(scene.session())
    with RawConnection(scene.process.endpoint) as connection:
        connection.login()
        connection.send(wire.query(IN_A))
        connection.read_until(b"Z")
        connection.send(wire.parse("s", "SELECT id FROM child WHERE id = $1") +
                        wire.describe(b"S", "s") + wire.sync())
        connection.read_until(b"Z")
        rows = []
        for result_format in (0, 0, 1):
            connection.send(wire.bind("", "s", [b"20"], result_formats=[result_format]) +
                            wire.execute() + wire.sync())
            rows += [reply.body for reply in connection.read_until(b"Z") if reply.type == b"D"]
    return [wire.data_row_values(body) for body in rows], [[b"20"], [b"20"], [b"\0\0\0\x14"]]


def other_arguments(scene):
    session = scene.session()
    scene.warm(session)
    scene.keep(session, LOOKUP, 20)
    return session.rows(LOOKUP, 21), [("a21",)]


def other_tenant(scene):
    """A function has set what no text shows, and what the server does not list."""
    owner = "SELECT owner FROM own"
    one, two = scene.session(IN_A, "SELECT become(1)"), scene.session(IN_A, "SELECT become(2)")
    for session in (one, two):
        scene.warm(session)
    for _ in range(3):
        one.rows(owner)
    return two.rows(owner), [("t2",)]


def too_old(scene):
    """Written beside pgfold: age is all that bounds how long the old answer is given."""
    session = scene.session()
    scene.warm(session)
    scene.keep(session, LOOKUP, 20)
    scene.server.psql("UPDATE cached_a.child SET name = 'new' WHERE id = 20")
    given_up = time.monotonic() + 5
    while (answer := session.rows(LOOKUP, 20)) != [("new",)] and time.monotonic() < given_up:
        pass
    return answer, [("new",)]


def transaction_open(scene):
    """What is asked while a write may still be committed is kept for nobody."""
    reads, writes = scene.session(), scene.session()
    scene.warm(reads)
    writes.rows("BEGIN")
    writes.rows("UPDATE child SET name = 'new' WHERE id = 20")
    scene.keep(reads, LOOKUP, 20)
    writes.rows("COMMIT")
    return reads.rows(LOOKUP, 20), [("new",)]


def write_pipelined(scene):
    """Its own answer ends a write, and not that of the query in front of it."""
    reads, holds = scene.session(), Psycopg2(scene.server.endpoint, autocommit=False)
    scene.warm(reads)
    holds.rows("SELECT FROM cached_a.child WHERE id = 20 FOR UPDATE")
    with RawConnection(scene.process.endpoint) as writes:
        writes.login()
        writes.send(wire.query("SELECT 1") + wire.query(
            "UPDATE cached_a.child SET name = 'new' WHERE id = 20"))
        writes.read_until(b"Z")
        scene.keep(reads, LOOKUP, 20)
        holds.connection.rollback()
        writes.read_until(b"Z")
    holds.close()
    return reads.rows(LOOKUP, 20), [("new",)]


def after_write_of(write, sql, right, *values):
    def case(scene):
        session, writer = scene.session(), scene.session()
        scene.warm(session)
        scene.keep(session, sql, *values)
        writer.rows(write)
        return session.rows(sql, *values), right
    case.__name__ = write.replace(" ", "_")
    return case


CACHE_RULES = {
    "share_with_equal_settings": other_settings,
    "share_what_is_committed": snapshot_keeps,
    "take_what_is_committed": snapshot_asks,
    "hold_until_transaction_end": transaction_open,
    "settle_by_request": write_pipelined,
    "stamp_before_asking": written_while_asked,
    "flush_what_is_asked": flushed_while_asked,
    "key_has_formats": other_format,
    "key_has_arguments": other_arguments,
    "refuse_dependent": other_tenant,
    "check_age": too_old,
    "check_versions": after_write_of(
        "UPDATE child SET name = 'new' WHERE id = 20", LOOKUP, [("new",)], 20),
    # Of keys: the write names one, and changes the row of another (proxy/freshness/key_access.hpp).
    "unchanged_key": after_write_of(
        "UPDATE cached_a.child SET id = 50 WHERE id = 21", KEYED, [("a21",)], 50),
    "every_row": after_write_of(
        "INSERT INTO cached_a.child VALUES (51, 'x'), (50, 'y')", KEYED, [("y",)], 50),
    "no_conflict": after_write_of(
        "INSERT INTO cached_a.child VALUES (51, 'a20')"
        " ON CONFLICT (name) DO UPDATE SET name = 'new'", KEYED, [("new",)], 20),
    "self_reference": after_write_of(
        "DELETE FROM node WHERE id = 1", "SELECT above FROM node WHERE id = ?", [], 3),
    "one_table": after_write_of(
        "UPDATE cached_a.child SET name = 'new' WHERE id = 21",
        "SELECT other.name FROM cached_a.child JOIN cached_a.child AS other"
        " ON other.id = child.id + 1 WHERE child.id = ?", [("new",)], 20),
}
CONFIG = {"batch": {"mode": "off"}, "cache": {"rules": [{"tables": ["*"], "ttl": "1h"}]}}
CONFIGS = {"check_age": {**CONFIG, "cache": {"rules": [{"tables": ["*"], "ttl": "200ms"}]}}}
